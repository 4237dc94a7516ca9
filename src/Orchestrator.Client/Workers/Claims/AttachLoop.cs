using Orchestrator.Client.Diagnostics;

namespace Orchestrator.Client.Workers.Claims;

/// <summary>Attaches to one run: claims it where no worker has begun it, and else continues the attempt that is current.</summary>
internal sealed class AttachLoop(IOrchestrator orchestrator, RunId id, int? attempt, string? workerId, WorkerRunOptions options)
{
    private readonly WorkerRunOptions _options = options with { Logger = new SafeLogger(options.Logger) };

    /// <exception cref="RunLostException">The run has ended, is in another attempt, or is held by another worker.</exception>
    /// <exception cref="RefusedException">The run does not exist, or the call was refused for another reason.</exception>
    public async Task<WorkerRun> RunAsync(CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken).ConfigureAwait(false);
        var mine = IsClaimable(found) ? await ClaimAsync(found, cancellationToken).ConfigureAwait(false) : found;
        var begun = await WorkerRun.BeginAsync(orchestrator, mine, _options, () => TimeSpan.MaxValue, cancellationToken).ConfigureAwait(false);
        return begun.TryGet(out var run, out var refusal) ? run : throw Describe(refusal);
    }

    /// <summary>A run that waits for a worker, or that was given to one which has not begun.</summary>
    private static bool IsClaimable(Run run) => run.State == RunState.Queued || run is { State: RunState.Provisioning, WorkerId: not null };

    private async Task<Run> FindAsync(CancellationToken cancellationToken)
    {
        var result = await PatientlyAsync(token => orchestrator.Runs.GetAsync(id, token), cancellationToken).ConfigureAwait(false);
        var run = result.Value;
        return run.State.IsTerminal() ? throw new RunLostException(RefusalCode.RunEnded, $"The run has ended: it is {run.State.ToWireName()}.")
            : attempt is { } expected && expected != run.Attempt ? throw new RunLostException(
                expected < run.Attempt ? RefusalCode.StaleAttempt : RefusalCode.UnknownAttempt, $"The run is in attempt {run.Attempt}, not {expected}.")
            : run;
    }

    private async Task<Run> ClaimAsync(Run found, CancellationToken cancellationToken)
    {
        // The caller has chosen the worker for the run, and with it what the run requires.
        var request = new ClaimRequest { WorkerId = workerId ?? found.WorkerId ?? WorkerIds.OfProcess, Run = id, Offers = found.Requires };
        var context = new CallContext { IdempotencyKey = ClaimKeys.New(_options.TimeProvider) };
        var result = await PatientlyAsync(token => orchestrator.Runs.ClaimAsync(request, context, token), cancellationToken).ConfigureAwait(false);
        if (result.TryGet(out var receipt, out var refusal) && receipt.Value is { } claimed)
        {
            return claimed;
        }

        if (refusal is not null && refusal.Code != RefusalCode.InvalidState)
        {
            throw Describe(refusal);
        }

        // Meanwhile another worker has it, or it was moved on without one.
        var current = await FindAsync(cancellationToken).ConfigureAwait(false);
        return current.WorkerId is null && !IsClaimable(current)
            ? current
            : throw new RunLostException(RefusalCode.InvalidState, refusal?.Message ?? "Another worker holds the run.");
    }

    private async Task<Result<T>> PatientlyAsync<T>(Func<CancellationToken, ValueTask<Result<T>>> callAsync, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.TimeProvider, _options.Interval);
        while (true)
        {
            var result = await callAsync(cancellationToken).ConfigureAwait(false);
            if (result.Refusal is not { Code: RefusalCode.StoreUnavailable } refusal)
            {
                return result;
            }

            backoff.Failed(refusal);
            await Task.Delay(backoff.Wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Exception Describe(Refusal refusal) =>
        refusal.Code is RefusalCode.StaleAttempt or RefusalCode.UnknownAttempt or RefusalCode.RunEnded
            ? new RunLostException(refusal.Code, refusal.Message)
            : new RefusedException(refusal);
}
