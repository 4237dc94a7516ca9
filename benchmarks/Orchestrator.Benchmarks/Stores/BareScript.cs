using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>What Redis takes without an orchestrator: the narrowest script that stores a heartbeat, one call each, on one connection.</summary>
internal sealed class BareScript(string prefix, IDatabase database)
{
    private const string Text = """
        local step = redis.call('HGET', KEYS[1], 'step')
        if step and tonumber(ARGV[1]) < tonumber(step) then
          return 0
        end
        redis.call('HSET', KEYS[1], 'step', ARGV[1], 'loss', ARGV[2], 'sps', ARGV[3], 'at', ARGV[4])
        redis.call('HINCRBY', KEYS[1], 'hb', 1)
        return 1
        """;

#pragma warning disable CA5350 // Scripts are named by their SHA-1.
    private readonly byte[] _digest = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350

    /// <summary>Brings the script to the server.</summary>
    public Task LoadAsync() => database.ScriptEvaluateAsync(Text, [prefix + "bare:first"], [0, 0, 0, 0]);

    public async Task ReportAsync(string run, long step)
    {
        RedisValue[] values = [step, 0.5, 1_000.0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()];
        if ((int)await database.ScriptEvaluateAsync(_digest, [prefix + "bare:" + run], values) != 1)
        {
            throw new InvalidOperationException("the heartbeat was not stored");
        }
    }
}
