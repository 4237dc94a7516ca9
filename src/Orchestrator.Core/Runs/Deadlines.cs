namespace Orchestrator.Core.Runs;

/// <summary>When a run wants attention although nobody asks for it.</summary>
internal static class Deadlines
{
    /// <summary>The earliest moment at which something of the run lapses; <see langword="null"/> when nothing will.</summary>
    public static DateTimeOffset? Next(RunHead head, RunProgress progress, IReadOnlyList<Command> live, CommandOptions options)
    {
        if (head.State.IsTerminal())
        {
            return null;
        }

        var next = EndOfTermination(head, progress, options);
        foreach (var command in live)
        {
            if (command.Status == CommandStatus.Pending && command.ExpiresAt is { } expiry && !(next <= expiry))
            {
                next = expiry;
            }
        }

        return next;
    }

    /// <summary>
    /// When a terminating run is no longer waited for: a grace after the later of its acceptance and the last sign of life, and at
    /// the latest a limit after its acceptance.
    /// </summary>
    public static DateTimeOffset? EndOfTermination(RunHead head, RunProgress progress, CommandOptions options)
    {
        if (head is not { State: RunState.Terminating, Termination: { } termination })
        {
            return null;
        }

        var sign = termination.AcceptedAt;
        sign = head.LastSignAt > sign ? head.LastSignAt.Value : sign;
        sign = progress.LastHeartbeatAt > sign ? progress.LastHeartbeatAt.Value : sign;
        var (grace, limit) = (sign + options.TerminateGrace, termination.AcceptedAt + options.TerminateLimit);
        return grace < limit ? grace : limit;
    }
}
