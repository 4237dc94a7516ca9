using Orchestrator.Client.Workers;

namespace Orchestrator;

/// <summary>How a worker gets hold of a run. In process and over HTTP alike.</summary>
public static class OrchestratorWorkerExtensions
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(60);

    /// <summary>Takes hold of a run that was given to this worker, by a scheduler for example, in its current attempt. Waits while nobody answers.</summary>
    /// <param name="orchestrator">The orchestrator.</param>
    /// <param name="run">The run.</param>
    /// <param name="attempt">The attempt that the worker was started for. Absent: whichever is the current one.</param>
    /// <param name="options">How to hold it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <remarks>
    /// A worker that was restarted begins a new attempt, with <see cref="IRunOperations.StartAttemptAsync"/>, before it takes hold of its run: only
    /// that keeps out what may be left of it.
    /// </remarks>
    /// <exception cref="RefusedException">There is no such run.</exception>
    /// <exception cref="RunLostException">The run has ended, or is in another attempt than the given one.</exception>
    public static async Task<WorkerRun> AttachAsync(
        this IOrchestrator orchestrator, RunId run, int? attempt = null, WorkerRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        options = Check(options);
        var backoff = new Backoff(options.TimeProvider, options.Interval);
        while (true)
        {
            var result = await orchestrator.Runs.GetAsync(run, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (result.TryGet(out var found, out var refusal))
            {
                return WorkerRun.Start(orchestrator, Expect(found, attempt), options);
            }

            if (refusal.Code != RefusalCode.StoreUnavailable)
            {
                throw new RefusedException(refusal);
            }

            backoff.Failed(refusal);
            await Task.Delay(backoff.Wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Claims the next queued run.</summary>
    /// <param name="orchestrator">The orchestrator.</param>
    /// <param name="workerId">
    /// Who claims, 1 to 256 characters. One claim at a time for each name: a worker that claims before it was heard of gets the same run again.
    /// </param>
    /// <param name="labels">What the run must be labelled with, all of it.</param>
    /// <param name="wait">How long to wait for a run, also while nobody answers; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default: not at all.</param>
    /// <param name="options">How to hold the run.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The run with its manifest; <see langword="null"/> when there was none by then.</returns>
    /// <exception cref="RefusedException">The orchestrator does not take such a claim.</exception>
    public static async Task<WorkerRun?> ClaimAsync(
        this IOrchestrator orchestrator,
        string workerId,
        IReadOnlyDictionary<string, string>? labels = null,
        TimeSpan wait = default,
        WorkerRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        ArgumentNullException.ThrowIfNull(workerId);
        options = Check(options);
        var time = options.TimeProvider;
        var (began, backoff) = (time.GetTimestamp(), new Backoff(time, options.Interval));
        while (true)
        {
            var left = wait == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : wait - time.GetElapsedTime(began);
            var poll = left < LongestPoll ? left > TimeSpan.Zero ? left : TimeSpan.Zero : LongestPoll;
            var polled = time.GetTimestamp();
            var request = new ClaimRequest { WorkerId = workerId, Wait = poll };
            request = labels is null ? request : request with { Labels = labels };
            var result = await orchestrator.Runs.ClaimAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (result.TryGet(out var receipt, out var refusal) && receipt.Value is { } claimed)
            {
                return WorkerRun.Start(orchestrator, claimed, options);
            }

            if (refusal is not null && refusal.Code != RefusalCode.StoreUnavailable)
            {
                throw new RefusedException(refusal);
            }

            left = wait == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : wait - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            // A server that is going down answers at once.
            if (refusal is not null || time.GetElapsedTime(polled) < poll)
            {
                backoff.Failed(refusal ?? NothingYet);
                await Task.Delay(left < backoff.Wait ? left : backoff.Wait, time, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                backoff.Succeeded();
            }
        }
    }

    private static Refusal NothingYet { get; } = new(RefusalCode.StoreUnavailable, "The wait was ended early.");

    private static WorkerRunOptions Check(WorkerRunOptions? options)
    {
        options ??= new WorkerRunOptions();
        options.Validate();
        return options;
    }

    private static Run Expect(Run run, int? attempt) =>
        run.State.IsTerminal() ? throw new RunLostException(RefusalCode.RunEnded, $"The run has ended: it is {run.State.ToWireName()}.")
        : attempt is { } expected && expected != run.Attempt ? throw new RunLostException(
            expected < run.Attempt ? RefusalCode.StaleAttempt : RefusalCode.UnknownAttempt, $"The run is in attempt {run.Attempt}, not {expected}.")
        : run;
}
