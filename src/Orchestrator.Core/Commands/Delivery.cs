using Orchestrator.Core.Lifecycle;

namespace Orchestrator.Core.Commands;

/// <summary>Which commands a worker gets now, and when the next may come due by time alone.</summary>
internal static class Delivery
{
    /// <summary>Marks what was not delivered in time.</summary>
    public static void Expire(RunDraft draft)
    {
        foreach (var command in draft.Live)
        {
            if (HasExpired(command, draft.Now))
            {
                draft.Put(command with { Status = CommandStatus.Expired }, EventType.CommandExpired);
                draft.CarryWillOverAfter(command);
            }
        }
    }

    /// <summary>Whether a draft would find something to deliver or to mark.</summary>
    public static bool HasWork(IReadOnlyList<Command> live, DateTimeOffset now, CommandOptions options)
    {
        for (var i = 0; i < live.Count; i++)
        {
            if (IsDeliverable(live[i], now, options) || HasExpired(live[i], now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Delivers the oldest deliverable commands, at most so many, and stamps them.</summary>
    /// <returns>The commands as they are to be handed to the worker.</returns>
    public static IReadOnlyList<Command> Take(RunDraft draft, int max, CommandOptions options)
    {
        Expire(draft);
        var taken = new List<Command>();
        foreach (var command in draft.Live)
        {
            if (taken.Count == max || !IsDeliverable(command, draft.Now, options))
            {
                continue;
            }

            var delivered = command with
            {
                Status = CommandStatus.Delivered,
                DeliveredAt = draft.Now,
                DeliveryCount = command.DeliveryCount + 1,
            };
            draft.Put(delivered, EventType.CommandDelivered);
            taken.Add(Tuning.WithoutOverridden(delivered, draft.Tuned));
        }

        return taken;
    }

    /// <summary>How long until a command becomes deliverable again by itself; infinite when none will.</summary>
    public static TimeSpan UntilNext(IReadOnlyList<Command> live, DateTimeOffset now, CommandOptions options)
    {
        var next = Timeout.InfiniteTimeSpan;
        foreach (var command in live)
        {
            if (command is { Status: CommandStatus.Delivered, DeliveredAt: { } deliveredAt })
            {
                var left = deliveredAt + options.RedeliveryTimeout - now;
                next = next == Timeout.InfiniteTimeSpan || left < next ? left : next;
            }
        }

        return next;
    }

    private static bool IsDeliverable(Command command, DateTimeOffset now, CommandOptions options) => command.Status switch
    {
        CommandStatus.Pending => !HasExpired(command, now),
        CommandStatus.Delivered => now - command.DeliveredAt >= options.RedeliveryTimeout,
        _ => false,
    };

    private static bool HasExpired(Command command, DateTimeOffset now) =>
        command.Status == CommandStatus.Pending && command.ExpiresAt <= now;
}
