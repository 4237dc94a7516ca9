using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>The refusals of the contract, with the details that each promises.</summary>
internal static class Refusals
{
    private const string RetryAfter = "retry_after";

    public static Refusal RunNotFound(RunId run) => new(RefusalCode.RunNotFound, $"There is no run '{run}'.");

    public static Refusal CommandNotFound(CommandId command) => new(RefusalCode.CommandNotFound, $"The run has no command '{command}'.");

    public static Refusal RunIdMismatch(RunId path, RunId body) =>
        new(RefusalCode.RunIdMismatch, $"run_id is '{body}', and the path names run '{path}'.");

    public static Refusal RunEnded(RunHead head) => new(RefusalCode.RunEnded, $"The run has ended: it is {head.State.ToWireName()}.")
    {
        Details = new Dictionary<string, object?> { ["state"] = head.State.ToWireName(), ["end_reason"] = head.Ending?.Reason.ToWireName() },
    };

    public static Refusal StaleAttempt(RunHead head) => new(RefusalCode.StaleAttempt, $"The run is in attempt {head.Attempt} now. The worker of an earlier attempt must stop.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal StaleClaim(RunHead head) =>
        new(RefusalCode.StaleAttempt, $"Attempt {head.Attempt} of the run was handed to another worker. The worker of this claim must stop.")
        {
            Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
        };

    public static Refusal NotClaimable(RunHead head) =>
        new(RefusalCode.InvalidState, $"The run is {head.State.ToWireName()}, and this claim cannot get it.")
        {
            Details = new Dictionary<string, object?> { ["state"] = head.State.ToWireName(), ["end_reason"] = head.Ending?.Reason.ToWireName() },
        };

    public static Refusal UnknownAttempt(RunHead head) => new(RefusalCode.UnknownAttempt, $"The run is in attempt {head.Attempt}; the attempt of this request has not begun.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal AttemptRequired(RunHead head) => new(RefusalCode.AttemptRequired, "The run was claimed by a worker, so each heartbeat must name its attempt.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal StepRegression(long current, long received) =>
        Regression(RefusalCode.StepRegression, "step", current, received);

    public static Refusal CheckpointRegression(long current, long received) =>
        Regression(RefusalCode.CheckpointRegression, "checkpoint_version", current, received);

    public static Refusal HeartbeatThrottled(TimeSpan wait) => new(RefusalCode.HeartbeatThrottled, FormattableString.Invariant($"The heartbeat came too soon after the one before; the next one is accepted in {wait.TotalSeconds:0.###} s."))
    {
        Details = new Dictionary<string, object?> { [RetryAfter] = wait.TotalSeconds },
    };

    public static Refusal InvalidTransition(RunState from, RunState to, IReadOnlyList<RunState> allowed) =>
        new(RefusalCode.InvalidTransition, $"A run cannot go from {from.ToWireName()} to {to.ToWireName()}.")
        {
            Details = new Dictionary<string, object?>
            {
                ["from"] = from.ToWireName(),
                ["to"] = to.ToWireName(),
                ["allowed"] = allowed.Select(RunStates.ToWireName).ToArray(),
            },
        };

    public static Refusal InvalidState(CommandType command, RunState state, RunState projected) =>
        new(RefusalCode.InvalidState, WhyNot(command, state, projected))
        {
            Details = new Dictionary<string, object?>
            {
                ["state"] = state.ToWireName(),
                ["projected_state"] = projected.ToWireName(),
                ["command"] = command.ToWireName(),
            },
        };

    public static Refusal QueueFull(int limit) => new(RefusalCode.QueueFull, $"A run may have at most {limit} commands that its worker has not acknowledged.")
    {
        Details = new Dictionary<string, object?> { ["limit"] = limit, [RetryAfter] = 1.0 },
    };

    public static Refusal RunIdConflict(RunId run) => new(RefusalCode.RunIdConflict, $"Run '{run}' exists already, with other content.");

    public static Refusal CommandIdConflict(CommandId command) => new(RefusalCode.CommandIdConflict, $"The run has a command '{command}' already, with other content.");

    public static Refusal AckConflict(Command command) => new(RefusalCode.AckConflict, "The command was acknowledged before, with another outcome or other values.")
    {
        Details = new Dictionary<string, object?> { ["outcome"] = command.Acknowledgement?.Outcome.ToWireName() },
    };

    public static Refusal IdempotencyKeyReused() =>
        new(RefusalCode.IdempotencyKeyReused, "The Idempotency-Key was used before, for another request.");

    public static Refusal CursorExpired() => new(RefusalCode.CursorExpired, "The position cannot be read, or events after it are no longer kept. Begin anew.");

    public static Refusal StoreUnavailable() =>
        new(RefusalCode.StoreUnavailable, "The server cannot reach its storage, and nothing is confirmed. Send the same request again.")
        {
            Details = new Dictionary<string, object?> { [RetryAfter] = 1.0 },
        };

    /// <summary>The refusal of a call that the store failed: with the time after which to repeat it, where that has a use.</summary>
    public static Refusal StoreUnavailable(StoreUnavailableException fault) => fault.IsTransient
        ? StoreUnavailable()
        : new(RefusalCode.StoreUnavailable, "The server's storage refused a statement of the server, and nothing is confirmed. The log of the server has the reason.");

    /// <summary>Whether the store could not be reached, and may be later.</summary>
    public static bool IsOutage(Refusal? refusal) => refusal is { Code: RefusalCode.StoreUnavailable } && refusal.Details.ContainsKey(RetryAfter);

    private static string WhyNot(CommandType command, RunState state, RunState projected)
    {
        if (state.IsTerminal())
        {
            return $"The run has ended: it is {state.ToWireName()} and takes no command.";
        }

        if (projected == RunState.Terminating)
        {
            return "The run is being terminated and takes no other command.";
        }

        var isReached = (command, projected) is (CommandType.Pause, RunState.Paused) or (CommandType.Resume, RunState.Running);
        if (state == projected)
        {
            return isReached ? $"The run is already {state.ToWireName()}." : $"The run is {state.ToWireName()}; {command.ToWireName()} needs a run that is {Needed(command)}.";
        }

        return isReached
            ? $"The run will be {projected.ToWireName()} once its waiting commands are done."
            : $"Once its waiting commands are done, the run will be {projected.ToWireName()}; {command.ToWireName()} needs a run that is {Needed(command)}.";
    }

    private static string Needed(CommandType command) => command switch
    {
        CommandType.Pause => "running or provisioning",
        CommandType.Resume => "paused",
        _ => "running or paused",
    };

    private static Refusal Regression(RefusalCode code, string member, long current, long received) =>
        new(code, $"{member} is {received}, and the run has reached {current}: it never decreases within an attempt.")
        {
            Details = new Dictionary<string, object?> { ["current"] = current, ["received"] = received },
        };
}
