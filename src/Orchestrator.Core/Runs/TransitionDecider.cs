using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides an explicit transition, with the last numbers of the worker where they are given.</summary>
internal sealed record TransitionDecider(RunId Run, TransitionRequest Request, Acting Acting, OrchestratorOptions Options) : IDecider<Effect>
{
    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Effect>.Refuse(Refusals.RunNotFound(Run));
        }

        var (head, progress, to) = (view.Head, view.Progress, Request.To!.Value);
        if (AttemptFence.Check(head, Request.Attempt, Request.ClaimId) is { } fenced)
        {
            return Decision<Effect>.Refuse(fenced);
        }

        if (head.State == to)
        {
            return Decision<Effect>.Unchanged(Effect.None);
        }

        if (!StateMachine.Allows(head.State, to))
        {
            return Decision<Effect>.Refuse(Refusals.InvalidTransition(head.State, to, StateMachine.AllowedFrom(head.State)));
        }

        if (Request.Final?.Step < progress.CurrentStep)
        {
            return Decision<Effect>.Refuse(Refusals.StepRegression(progress.CurrentStep, Request.Final.Step.Value));
        }

        if (Request.Final?.CheckpointVersion < progress.CheckpointVersion)
        {
            return Decision<Effect>.Refuse(Refusals.CheckpointRegression(progress.CheckpointVersion, Request.Final.CheckpointVersion.Value));
        }

        var draft = new RunDraft(view, now, Options);
        if (Request.Final is not null || Request.StatusMessage is not null)
        {
            draft.Progress = Merge(progress, Request.Final ?? new FinalReport(), Request.StatusMessage, now);
            TellDivergence(draft, head, progress);
        }

        if (to == RunState.Queued)
        {
            draft.BeginAttempt(new AttemptStart(Acting.Id, Request.Reason) { HasFinalReport = Request.Final is not null });
        }
        else
        {
            draft.MoveTo(to, Acting.Id, Request.Reason);
        }

        return new Decision<Effect>
        {
            Answer = Effect.Done,
            Change = draft.Build(),
            ExpectedHeartbeats = progress.Heartbeats,
            Audit = Acting.Audit("run.transition"),
        };
    }

    /// <summary>As a heartbeat does: the first change of the attempt from a finite to a non-finite loss is told.</summary>
    private static void TellDivergence(RunDraft draft, RunHead head, RunProgress before)
    {
        if (!head.LossDiverged && before.Loss is { } loss && double.IsFinite(loss) && draft.Progress.Loss is { } last && !double.IsFinite(last))
        {
            draft.LossDiverged = true;
            draft.Emit(EventType.RunLossNotFinite, new LossNotFiniteData(draft.Progress.CurrentStep, last));
        }
    }

    /// <summary>The last numbers, where they are given; a checkpoint's step and place belong to its version, as in a heartbeat.</summary>
    private static RunProgress Merge(RunProgress progress, FinalReport final, string? statusMessage, DateTimeOffset now)
    {
        var raisesCheckpoint = final.CheckpointVersion > progress.CheckpointVersion;
        return progress with
        {
            CurrentStep = final.Step ?? progress.CurrentStep,
            AdvancedAt = final.Step > progress.CurrentStep ? now : progress.AdvancedAt,
            Loss = final.Loss ?? progress.Loss,
            SamplesPerSec = final.SamplesPerSec ?? progress.SamplesPerSec,
            CheckpointVersion = final.CheckpointVersion ?? progress.CheckpointVersion,
            CheckpointStep = raisesCheckpoint ? final.Step ?? progress.CurrentStep : progress.CheckpointStep,
            CheckpointUri = raisesCheckpoint ? final.CheckpointUri : final.CheckpointUri ?? progress.CheckpointUri,
            Metrics = final.Metrics is { } metrics ? new Dictionary<string, double>(metrics, StringComparer.Ordinal) : progress.Metrics,
            StatusMessage = statusMessage ?? progress.StatusMessage,
        };
    }
}
