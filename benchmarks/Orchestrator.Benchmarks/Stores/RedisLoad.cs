using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage;
using Orchestrator.Storage.Redis;
using StackExchange.Redis;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>The orchestrator on Redis.</summary>
internal sealed class RedisLoad : StoreLoad
{
    private readonly string _prefix = $"bench:{Guid.CreateVersion7():N}:";
    private readonly ConfigurationOptions _configuration;
    private readonly ConnectionMultiplexer _connection;
    private readonly BareScript _bare;
    private readonly ServiceProvider _unbatched;
    private long _bytesBefore;

    private RedisLoad(ConfigurationOptions configuration, ConnectionMultiplexer connection)
    {
        (_configuration, _connection) = (configuration, connection);
        _bare = new BareScript(_prefix, connection.GetDatabase());
        var services = new ServiceCollection();
        services.AddSingleton<IRunStore>(new RedisRunStore(configuration, new RedisStoreOptions { Prefix = _prefix }, NullLoggerFactory.Instance, mostInCall: 1));
        services.AddOrchestrator(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        _unbatched = services.BuildServiceProvider();
    }

    protected override IReadOnlyList<Contestant> Bare
    {
        get
        {
            var heartbeats = _unbatched.GetRequiredService<IOrchestrator>().Heartbeats;
            return
            [
                new("through it, a call each", async (run, step) => _ = (await heartbeats.ReportAsync(RunId.Parse(run), Host.Beat(RunId.Parse(run), step))).Value),
                new("bare EVALSHA a heartbeat", _bare.ReportAsync),
            ];
        }
    }

    /// <param name="variable">Which variable names the server.</param>
    public static async Task<RedisLoad> ConnectAsync(string variable)
    {
        var configuration = ConfigurationOptions.Parse(Environment.GetEnvironmentVariable(variable)
            ?? throw new InvalidOperationException($"{variable} does not name a server: run this through eng/storage.sh"));
        configuration.AllowAdmin = true;
        var load = new RedisLoad(configuration, await ConnectionMultiplexer.ConnectAsync(configuration));
        await load._bare.LoadAsync();
        load._bytesBefore = await load.BytesAsync();
        return load;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _unbatched.DisposeAsync();
        await _connection.DisposeAsync();
    }

    protected override void Use(OrchestratorBuilder builder) => builder.UseRedis(_configuration, options => options.Prefix = _prefix);

    protected override async Task SettleAsync(int runs) =>
        Console.WriteLine(FormattableString.Invariant($"memory of Redis: {(await BytesAsync() - _bytesBefore) / (double)runs:N0} B a run, with its first transition and events, and what the load left"));

    private async Task<long> BytesAsync()
    {
        var bytes = 0L;
        foreach (var server in _connection.GetServers().Where(server => !server.IsReplica))
        {
            var info = await server.InfoAsync("memory");
            bytes += long.Parse(info.SelectMany(section => section).First(pair => pair.Key == "used_memory").Value, CultureInfo.InvariantCulture);
        }

        return bytes;
    }
}
