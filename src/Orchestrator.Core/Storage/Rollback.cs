using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Detects that a store lost changes which it had acknowledged: a run is at a lower revision than a host saw, or at the same one by another commit.
/// </summary>
internal static class Rollback
{
    /// <summary>The change that records the loss as an event; <see langword="null"/> where nothing was lost.</summary>
    /// <param name="seen">The run as a host saw it.</param>
    /// <param name="found">The run as the store has it.</param>
    /// <param name="now">The time, never before anything that the run holds.</param>
    /// <param name="commitId">The random id of the commit that records it.</param>
    public static RunChange? Tell(RunView? seen, RunView found, DateTimeOffset now, Guid commitId)
    {
        // A run that was dropped, and created again under its id, is another run.
        if (seen is null || found.Head.CreatedAt != seen.Head.CreatedAt || !HasLost(seen.Head, found.Head))
        {
            return null;
        }

        var head = found.Head with { Revision = found.Head.Revision + 1, Events = found.Head.Events + 1, ChangedAt = now, CommitId = commitId };
        var data = new RolledBackData(seen.Head.Revision, found.Head.Revision);
        return new RunChange { Head = head, Events = [new RunEvent(head.Events, EventType.RunRolledBack, now, head.Id, head.Attempt, data)] };
    }

    private static bool HasLost(RunHead seen, RunHead found) =>
        found.Revision < seen.Revision || (found.Revision == seen.Revision && found.CommitId != seen.CommitId);
}
