using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>The refusals of the contract, with the details that each promises.</summary>
internal static class Refusals
{
    private const string RetryAfter = "retry_after";

    public static Refusal RunNotFound(RunId run) => new(RefusalCode.RunNotFound, $"There is no run '{run}'.");

    public static Refusal CommandNotFound(CommandId command) => new(RefusalCode.CommandNotFound, $"The run has no command '{command}'.");

    public static Refusal RunIdMismatch(RunId path, RunId body) =>
        new(RefusalCode.RunIdMismatch, $"The heartbeat is about run '{body}' and was sent to run '{path}'.");

    public static Refusal RunEnded(RunHead head) => new(RefusalCode.RunEnded, $"The run has ended: it is {head.State.ToWireName()}.")
    {
        Details = new Dictionary<string, object?> { ["state"] = head.State.ToWireName(), ["end_reason"] = head.Ending?.Reason.ToWireName() },
    };

    public static Refusal StaleAttempt(RunHead head) => new(RefusalCode.StaleAttempt, $"The run is in attempt {head.Attempt}; stop what was begun before.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal StaleClaim(RunHead head) =>
        new(RefusalCode.StaleAttempt, $"Attempt {head.Attempt} of the run was handed to another worker; stop what was begun for this claim.")
        {
            Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
        };

    public static Refusal NotClaimable(RunHead head) =>
        new(RefusalCode.InvalidState, $"The run is {head.State.ToWireName()} and cannot be handed to this claim.")
        {
            Details = new Dictionary<string, object?> { ["state"] = head.State.ToWireName(), ["end_reason"] = head.Ending?.Reason.ToWireName() },
        };

    public static Refusal UnknownAttempt(RunHead head) => new(RefusalCode.UnknownAttempt, $"The run is only in attempt {head.Attempt}.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal AttemptRequired(RunHead head) => new(RefusalCode.AttemptRequired, "The run was claimed: say which attempt reports.")
    {
        Details = new Dictionary<string, object?> { ["current_attempt"] = head.Attempt },
    };

    public static Refusal StepRegression(long current, long received) =>
        Regression(RefusalCode.StepRegression, "step", current, received);

    public static Refusal CheckpointRegression(long current, long received) =>
        Regression(RefusalCode.CheckpointRegression, "checkpoint_version", current, received);

    public static Refusal HeartbeatThrottled(TimeSpan wait) => new(RefusalCode.HeartbeatThrottled, "The heartbeat came sooner than the minimum interval.")
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
        new(RefusalCode.InvalidState, $"A run that is {state.ToWireName()}, and {projected.ToWireName()} once its commands are done, takes no {command.ToWireName()}.")
        {
            Details = new Dictionary<string, object?>
            {
                ["state"] = state.ToWireName(),
                ["projected_state"] = projected.ToWireName(),
                ["command"] = command.ToWireName(),
            },
        };

    public static Refusal QueueFull(int limit) => new(RefusalCode.QueueFull, $"{limit} commands wait for acknowledgement, which is the limit.")
    {
        Details = new Dictionary<string, object?> { ["limit"] = limit, [RetryAfter] = 1.0 },
    };

    public static Refusal RunIdConflict(RunId run) => new(RefusalCode.RunIdConflict, $"There is another run '{run}'.");

    public static Refusal CommandIdConflict(CommandId command) => new(RefusalCode.CommandIdConflict, $"The run has another command '{command}'.");

    public static Refusal AckConflict(Command command) => new(RefusalCode.AckConflict, "The command was acknowledged before, with another outcome.")
    {
        Details = new Dictionary<string, object?> { ["outcome"] = command.Acknowledgement?.Outcome.ToWireName() },
    };

    public static Refusal IdempotencyKeyReused() =>
        new(RefusalCode.IdempotencyKeyReused, "The idempotency key was used before, for another request.");

    public static Refusal CursorExpired() => new(RefusalCode.CursorExpired, "That position cannot be read, or not everything after it is kept any more.");

    public static Refusal StoreUnavailable() =>
        new(RefusalCode.StoreUnavailable, "The store did not answer; nothing was acknowledged. The same request may be sent again.")
        {
            Details = new Dictionary<string, object?> { [RetryAfter] = 1.0 },
        };

    /// <summary>The refusal of a call that the store failed: with the time after which to repeat it, where that has a use.</summary>
    public static Refusal StoreUnavailable(StoreUnavailableException fault) => fault.IsTransient
        ? StoreUnavailable()
        : new(RefusalCode.StoreUnavailable, "The store refused a statement of the orchestrator; nothing was acknowledged. The log of the host has the reason.");

    /// <summary>Whether the store could not be reached, and may be later.</summary>
    public static bool IsOutage(Refusal? refusal) => refusal is { Code: RefusalCode.StoreUnavailable } && refusal.Details.ContainsKey(RetryAfter);

    private static Refusal Regression(RefusalCode code, string member, long current, long received) =>
        new(code, $"{member} is {received}, below the run's {current}.")
        {
            Details = new Dictionary<string, object?> { ["current"] = current, ["received"] = received },
        };
}
