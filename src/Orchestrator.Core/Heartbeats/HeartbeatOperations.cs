using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Events;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Heartbeats;

internal sealed class HeartbeatOperations(RunExecutor executor, EventFeed feed, OrchestratorOptions options, Telemetry telemetry) : IHeartbeatOperations
{
    private static readonly Call Report = Call.Plain("heartbeats.report");
    private static readonly Call Note = Call.Plain("heartbeats.note");

    public async ValueTask<Result<HeartbeatReceipt>> ReportAsync(
        RunId run, Heartbeat heartbeat, int commands = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        heartbeat = Normal.Of(heartbeat);
        if (CheckShape(run, heartbeat, commands) is { } misshapen)
        {
            return await RefuseAsync(run, misshapen, cancellationToken).ConfigureAwait(false);
        }

        var decider = new HeartbeatDecider(run, Own(heartbeat), commands, options);
        var result = await executor
            .ExecuteAsync<HeartbeatDecider, HeartbeatTaken>(new RunLookup(run), decider, Report, cancellationToken)
            .ConfigureAwait(false);
        if (!result.TryGet(out var outcome, out var refusal))
        {
            telemetry.Heartbeat(refusal.Code.ToWireName());
            return refusal;
        }

        var stands = new Run(outcome.Head, outcome.Progress);
        if (outcome.Answer.Accepted)
        {
            telemetry.HeartbeatAccepted(outcome.Answer.Interval);
            feed.Progress(stands);
        }
        else
        {
            telemetry.Heartbeat("duplicate");
        }

        return new HeartbeatReceipt(stands, outcome.Answer.Commands);
    }

    public async ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> ReportAsync(
        IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heartbeats);
        var results = new Result<HeartbeatReceipt>[heartbeats.Count];
        var underWay = new Dictionary<RunId, Task>();
        for (var i = 0; i < heartbeats.Count; i++)
        {
            if (heartbeats[i] is not { RunId: var run } heartbeat)
            {
                results[i] = NoHeartbeat();
                continue;
            }

            if (underWay.Remove(run, out var before))
            {
                await before.ConfigureAwait(false);
            }

            var report = ReportAsync(run, heartbeat, 0, cancellationToken);
            if (report.IsCompletedSuccessfully)
            {
                results[i] = report.Result;
            }
            else
            {
                underWay[run] = StoreAsync(report, i);
            }
        }

        await Task.WhenAll(underWay.Values).ConfigureAwait(false);
        return results;

        async Task StoreAsync(ValueTask<Result<HeartbeatReceipt>> report, int index) =>
            results[index] = await report.ConfigureAwait(false);
    }

    public async ValueTask NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken = default) =>
        await RefuseAsync(run, new Refusal(code, "The heartbeat could not be read."), cancellationToken).ConfigureAwait(false);

    private static Refusal NoHeartbeat()
    {
        var faults = new Faults();
        faults.Add("heartbeats", "must not be null");
        return faults.ToRefusal()!;
    }

    private static Refusal? CheckShape(RunId run, Heartbeat heartbeat, int commands) =>
        HeartbeatValidation.Check(heartbeat, commands)
        ?? (heartbeat.RunId != run ? Refusals.RunIdMismatch(run, heartbeat.RunId) : null);

    private async ValueTask<Refusal> RefuseAsync(RunId run, Refusal refusal, CancellationToken cancellationToken)
    {
        telemetry.Heartbeat(refusal.Code.ToWireName());
        if (!run.IsDefault)
        {
            var decider = new RefusalNoteDecider(run, refusal, options);
            _ = await executor
                .ExecuteAsync<RefusalNoteDecider, bool>(new RunLookup(run), decider, Note, cancellationToken)
                .ConfigureAwait(false);
        }

        return refusal;
    }

    /// <summary>The caller may go on using its map of metrics; the run keeps a copy.</summary>
    private static Heartbeat Own(Heartbeat heartbeat) => heartbeat.Metrics is { } metrics
        ? heartbeat with { Metrics = new Dictionary<string, double>(metrics, StringComparer.Ordinal) }
        : heartbeat;
}
