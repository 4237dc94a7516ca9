using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>
/// Sees to it that an idempotency key is used once, whichever run it is used for, though runs lie in shards that cannot be changed together. The shard of the
/// key says which one run may use it; only in that run's shard, with the change, it is used. Before another run may, the first is barred from it.
/// </summary>
internal sealed class KeyRegistry(RedisServer server, ShardMap shards, TimeProvider time)
{
    private const int Looks = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Lets a run use a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="run">The run.</param>
    /// <param name="barred">Up to which generation the run is barred from it; 0 for never.</param>
    /// <returns>How often the key has been granted, now included; <see langword="null"/> when another run has used it.</returns>
    public async Task<long?> ReserveAsync(string key, RunId run, long barred)
    {
        var displaced = "";
        for (var looks = 1; ; looks++)
        {
            var held = Held.Parse(await EvaluateAsync(Script.Reserve, key, key, run.Value, displaced, barred).ConfigureAwait(false));
            displaced = "";
            if (held is null)
            {
                continue;
            }

            if (held.Run == run)
            {
                if (held.Generation > barred)
                {
                    return held.Generation;
                }

                displaced = held.ToString();
                continue;
            }

            // What the other run is about to be written with it, is given the time.
            var isLooking = looks < Looks;
            if ((int)await EvaluateAsync(Script.Bar, held.Run.Value, held.Run.Value, key, isLooking ? "" : held.Generation).ConfigureAwait(false) == 0)
            {
                return null;
            }

            if (isLooking)
            {
                await Task.Delay(looks * Pause, time).ConfigureAwait(false);
            }
            else
            {
                displaced = held.ToString();
            }
        }
    }

    /// <summary>The one run that may have used a key.</summary>
    public async ValueTask<RunId?> FindAsync(string key, CancellationToken cancellationToken) => (await ReadAsync(key, cancellationToken).ConfigureAwait(false))?.Run;

    /// <summary>In which generation a run was granted a key; <see langword="null"/> where it was not, or another run was since.</summary>
    public async Task<long?> FindGenerationAsync(string key, RunId run) =>
        await ReadAsync(key, CancellationToken.None).ConfigureAwait(false) is { } held && held.Run == run ? held.Generation : null;

    /// <summary>Forgets a key of a run that was dropped, unless the key has been granted again since, also to the next run of that id.</summary>
    /// <param name="key">The key.</param>
    /// <param name="run">The run.</param>
    /// <param name="generation">In which generation the run had been granted it, as read before it was dropped.</param>
    public async Task ReleaseAsync(string key, RunId run, long generation) =>
        await EvaluateAsync(Script.Release, key, key, new Held(generation, run).ToString()).ConfigureAwait(false);

    private async ValueTask<Held?> ReadAsync(string key, CancellationToken cancellationToken) => Held.Parse(await server
        .CallAsync(database => database.StringGetAsync(shards.BaseOf(key).Append("key:" + key), CommandFlags.DemandMaster), Repeat.UntilAnswered, cancellationToken)
        .ConfigureAwait(false));

    private ValueTask<RedisResult> EvaluateAsync(Script script, string shardOf, params RedisValue[] values) =>
        server.EvaluateAsync(script, [shards.BaseOf(shardOf)], values, Repeat.UntilAnswered, CancellationToken.None);

    /// <summary>Which run may use a key, and how often the key has been granted.</summary>
    private sealed record Held(long Generation, RunId Run)
    {
        public static Held? Parse(RedisResult held) => Parse((RedisValue)held);

        public static Held? Parse(RedisValue held) =>
            held.IsNull ? null : held.ToString().Split(' ', 2) is var parts ? new Held(long.Parse(parts[0], CultureInfo.InvariantCulture), RunId.Parse(parts[1])) : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Generation} {Run}");
    }
}
