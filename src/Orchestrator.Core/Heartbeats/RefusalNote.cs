using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Heartbeats;

/// <summary>Keeps the first refusal of each code in an attempt: a worker that trains on while it is refused must be seen.</summary>
internal static class RefusalNote
{
    /// <summary>The refusal, and the note of it where it is the first of its code.</summary>
    public static Decision<T> Keep<T>(RunView view, Refusal refusal, DateTimeOffset now, OrchestratorOptions options)
    {
        if ((view.Head.KeptRefusals & (1u << (int)refusal.Code)) != 0)
        {
            return Decision<T>.Refuse(refusal);
        }

        var draft = new RunDraft(view, now, options);
        draft.Keep(refusal.Code);
        return new Decision<T> { Refusal = refusal, Change = draft.Build() };
    }
}

/// <summary>Decides the note of a heartbeat that was refused before its run was looked at.</summary>
internal sealed record RefusalNoteDecider(RunId Run, Refusal Refusal, OrchestratorOptions Options) : IDecider<bool>
{
    public Decision<bool> Decide(RunView? view, DateTimeOffset now) => view is null
        ? Decision<bool>.Refuse(Refusals.RunNotFound(Run))
        : RefusalNote.Keep<bool>(view, Refusal, now, Options);
}
