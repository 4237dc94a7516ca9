using System.Runtime.CompilerServices;

namespace Orchestrator.Samples.Cli.Runs;

/// <summary>Runs as they stand at one moment.</summary>
/// <param name="Runs">The runs, in the order in which they were asked for.</param>
/// <param name="Outage">Why some of them may stand otherwise by now.</param>
internal sealed record Sight(IReadOnlyList<Run> Runs, Refusal? Outage);

/// <summary>Looks at runs again and again, until all of them have ended.</summary>
/// <param name="runs">Where they are read.</param>
/// <param name="pause">The time between two looks.</param>
/// <param name="time">The clock of that.</param>
internal sealed class RunWatch(IRunOperations runs, TimeSpan pause, TimeProvider time)
{
    /// <summary>Every look. An outage of the server ends it only at the first.</summary>
    /// <exception cref="RefusedException">A run does not exist, or no more.</exception>
    public async IAsyncEnumerable<Sight> FollowAsync(IReadOnlyList<RunId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = (await Task.WhenAll(ids.Select(id => ReadAsync(id, cancellationToken)))).Select(answer => answer.Value).ToArray();
        yield return new Sight(seen, null);
        while (!seen.All(run => run.State.IsTerminal()))
        {
            await Task.Delay(pause, time, cancellationToken);
            Refusal? outage = null;
            var answers = await Task.WhenAll(seen.Select(run => run.State.IsTerminal() ? Task.FromResult<Result<Run>>(run) : ReadAsync(run.Id, cancellationToken)));
            for (var i = 0; i < seen.Length; i++)
            {
                if (answers[i].Refusal is { Code: RefusalCode.StoreUnavailable } refusal)
                {
                    outage = refusal;
                }
                else
                {
                    seen[i] = answers[i].Value;
                }
            }

            yield return new Sight([.. seen], outage);
        }
    }

    private Task<Result<Run>> ReadAsync(RunId id, CancellationToken cancellationToken) => runs.GetAsync(id, RunDetail.Summary, cancellationToken).AsTask();
}
