using System.Diagnostics;
using System.Globalization;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Machine;

namespace Orchestrator.Storage.Redis.Tests.Faults.Servers;

/// <summary>A cluster of three masters and their replicas, whose slots and masters the tests move.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    private const int Servers = 6;

    private readonly RedisNode[] _nodes =
        [.. Enumerable.Range(0, Servers).Select(_ => new RedisNode("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"))];

    /// <summary>How to connect to it.</summary>
    public string Configuration => string.Join(',', _nodes.Select(node => node.Configuration));

    public FaultSpace NewSpace() => new RedisFaultSpace(Configuration);

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
        using var join = Process.Start(new ProcessStartInfo(
            Repository.Find("eng/redis.sh"), ["cluster", .. _nodes.Select(node => node.Port.ToString(CultureInfo.InvariantCulture))]))!;
        await join.WaitForExitAsync().WaitAsync(Eventually.Patience);
        Assert.Equal(0, join.ExitCode);
    }

    /// <summary>The servers that are masters now.</summary>
    public async Task<IReadOnlyList<RedisNode>> MastersAsync()
    {
        var masters = new List<RedisNode>();
        foreach (var node in _nodes)
        {
            if ((await node.TellAsync("ROLE")).StartsWith("master", StringComparison.Ordinal))
            {
                masters.Add(node);
            }
        }

        return masters;
    }

    /// <summary>The servers that have a key: a master and its replica.</summary>
    public async Task<IReadOnlyList<RedisNode>> FindAsync(string key)
    {
        var found = new List<RedisNode>();
        foreach (var node in _nodes)
        {
            var slot = await node.TellAsync("CLUSTER", "KEYSLOT", key);
            if (await node.TellAsync("CLUSTER", "COUNTKEYSINSLOT", slot) != "0")
            {
                found.Add(node);
            }
        }

        return found;
    }

    /// <summary>Moves slots, with all that is in them, from one master to another.</summary>
    public static async Task MoveSlotsAsync(RedisNode from, RedisNode to, int slots)
    {
        using var move = RedisPrograms.Start(
            "redis-cli",
            "--cluster",
            "reshard",
            from.Configuration,
            "--cluster-from",
            await from.TellAsync("CLUSTER", "MYID"),
            "--cluster-to",
            await to.TellAsync("CLUSTER", "MYID"),
            "--cluster-slots",
            slots.ToString(CultureInfo.InvariantCulture),
            "--cluster-yes");
        var output = await move.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Patience);
        await move.WaitForExitAsync().WaitAsync(Eventually.Patience);
        Assert.True(move.ExitCode == 0, output);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
