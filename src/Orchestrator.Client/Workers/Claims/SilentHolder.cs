using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Workers.Claims;

/// <summary>Logs that the name of an idle worker holds a run of which nothing is heard, so that a restart under the same name does not wait without a word.</summary>
internal sealed partial class SilentHolder(IOrchestrator orchestrator, string workerId, WorkerRunOptions options, ClaimMemory memory)
{
    private const int PageSize = 100;

    private static readonly RunFilter Silent = new()
    {
        States = [RunState.Running, RunState.Paused, RunState.Errored],
        Health = [HealthStatus.HeartbeatStale, HealthStatus.Unresponsive],
    };

    private readonly ILogger _logger = options.Logger;

    /// <summary>Looks for such a run after a claim that waited and got none.</summary>
    public async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        if (!memory.IsLookDue(workerId))
        {
            return;
        }

        try
        {
            using var late = new CancellationTokenSource(options.CallTimeout, options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            var runs = (await orchestrator.Runs.ListAsync(Silent, PageSize, cancellationToken: either.Token).ConfigureAwait(false)).Value.Items;
            if (runs.FirstOrDefault(run => run.WorkerId == workerId) is { } run)
            {
                memory.NoteFound(workerId);
                LogHeld(workerId, run.Id, run.Attempt, run.LastHeartbeatAt);
            }
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // Workers may lack the right to list runs. The claim does not depend on it.
            LogNotSeen(fault, workerId);
        }
    }

    [LoggerMessage(740, LogLevel.Warning, "Worker id {WorkerId} holds run {RunId}, attempt {Attempt}, silent since {Since}: a claim by the same id does not get it. If its process has ended, start a new attempt of the run, or claim with Takeover where one process at a time uses this id.", EventName = "SilentRunHeld")]
    private partial void LogHeld(string workerId, RunId runId, int attempt, DateTimeOffset? since);

    [LoggerMessage(741, LogLevel.Debug, "Whether worker id {WorkerId} holds a silent run could not be read.", EventName = "SilentRunsUnread")]
    private partial void LogNotSeen(Exception fault, string workerId);
}
