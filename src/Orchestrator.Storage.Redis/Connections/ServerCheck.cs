using Microsoft.Extensions.Logging;

namespace Orchestrator.Storage.Redis.Connections;

/// <summary>Looks at a Redis when it is first reached: whether it keeps what it is told, and whether runs lie there as these options say.</summary>
internal sealed partial class ServerCheck(RedisStoreOptions options, TimeProvider time, ILogger logger)
{
    private const string Format = "1";
    private const string Safe = "noeviction";

    /// <summary>What tells the feed of this place from that of another; known once the place was looked at.</summary>
    public uint Place { get; private set; }

    /// <exception cref="UnfitServerException">What is found there is not to be used with these options.</exception>
    public async Task RunAsync(IConnectionMultiplexer connection)
    {
        await CheckLayoutAsync(connection.GetDatabase()).ConfigureAwait(false);
        foreach (var server in connection.GetServers().Where(server => server.IsConnected))
        {
            try
            {
                await CheckDurabilityAsync(server).ConfigureAwait(false);
            }
            catch (RedisServerException fault) when (fault.Kind is RedisErrorKind.NoPermission or RedisErrorKind.UnknownCommand)
            {
                LogUnchecked(server.EndPoint, fault);
            }
        }
    }

    private async Task CheckLayoutAsync(IDatabase database)
    {
        RedisKey place = options.Prefix + "place";
        var shards = await KeepAsync("shards", options.Shards).ConfigureAwait(false);
        var format = await KeepAsync("format", Format).ConfigureAwait(false);
        var id = await KeepAsync("id", Guid.CreateVersion7(time.GetUtcNow()).GetHashCode() & int.MaxValue).ConfigureAwait(false);
        if (format != Format)
        {
            throw new UnfitServerException($"The runs under '{options.Prefix}' were stored by another version (format {format}).");
        }

        if (shards != options.Shards)
        {
            throw new UnfitServerException(
                $"The runs under '{options.Prefix}' lie in {shards} shards, not in {options.Shards}: set {nameof(RedisStoreOptions.Shards)} to {shards}, or choose another {nameof(RedisStoreOptions.Prefix)}.");
        }

        Place = (uint)id;

        async Task<RedisValue> KeepAsync(string field, RedisValue value)
        {
            await database.HashSetAsync(place, field, value, When.NotExists).ConfigureAwait(false);
            return await database.HashGetAsync(place, field, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
    }

    private async Task CheckDurabilityAsync(IServer server)
    {
        var info = (await server.InfoAsync().ConfigureAwait(false)).SelectMany(section => section).DistinctBy(pair => pair.Key).ToDictionary();
        List<string> faults = [];
        if (info.GetValueOrDefault("maxmemory_policy", Safe) is var policy and not Safe)
        {
            faults.Add($"maxmemory-policy is {policy}: when memory is short it forgets keys, and runs break; set it to noeviction");
        }

        if (info.GetValueOrDefault("aof_enabled") == "0")
        {
            faults.Add("appendonly is off: what was stored since the last snapshot is gone when it ends; switch it on, with appendfsync always where nothing may be lost");
        }

        if (faults.Count == 0)
        {
            return;
        }

        var told = string.Join("; ", faults);
        if (options.UnsafeServer == UnsafeServer.Refuse)
        {
            throw new UnfitServerException($"Redis at {server.EndPoint} may lose runs: {told}.");
        }

        LogUnsafe(server.EndPoint, told);
    }

    [LoggerMessage(651, LogLevel.Information, "Whether Redis at {EndPoint} may lose runs is not known: it does not tell its settings (INFO).", EventName = "ServerUnchecked")]
    private partial void LogUnchecked(System.Net.EndPoint endPoint, Exception fault);

    [LoggerMessage(650, LogLevel.Warning, "Redis at {EndPoint} may lose runs: {Faults}.", EventName = "UnsafeServer")]
    private partial void LogUnsafe(System.Net.EndPoint endPoint, string faults);
}
