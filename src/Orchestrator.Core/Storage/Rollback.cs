using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>Tells of a store that lost changes which it had acknowledged: a run stands at a lower revision than it was seen at.</summary>
internal static class Rollback
{
    /// <summary>The change that tells of it; <see langword="null"/> where nothing was lost.</summary>
    /// <param name="seen">The run as a host saw it.</param>
    /// <param name="found">The run as it stands.</param>
    /// <param name="now">The time, never before anything that the run holds.</param>
    public static RunChange? Tell(RunView? seen, RunView found, DateTimeOffset now)
    {
        // One that was dropped, and created again under its id, is another run.
        if (!(found.Head.Revision < seen?.Head.Revision) || found.Head.CreatedAt != seen.Head.CreatedAt)
        {
            return null;
        }

        var head = found.Head with { Revision = found.Head.Revision + 1, Events = found.Head.Events + 1, ChangedAt = now };
        var data = new RolledBackData(seen.Head.Revision, found.Head.Revision);
        return new RunChange { Head = head, Events = [new RunEvent(head.Events, EventType.RunRolledBack, now, head.Id, head.Attempt, data)] };
    }
}
