namespace Orchestrator;

/// <summary>
/// Why a request was refused. The set is closed and stable; each code has one wire name
/// (see <see cref="RefusalCodes.ToWireName"/>) and, over HTTP, one status.
/// </summary>
public enum RefusalCode
{
    /// <summary>The content type is not <c>application/json</c>.</summary>
    UnsupportedMediaType = 1,

    /// <summary>The body is larger than the limit of its endpoint.</summary>
    PayloadTooLarge,

    /// <summary>The body is not JSON, has a member of the wrong JSON type, a number out of range, a member twice, or nests too deep.</summary>
    InvalidJson,

    /// <summary>The request is readable and breaks a rule; <c>errors</c> in the details maps each member to its faults.</summary>
    ValidationFailed,

    /// <summary><c>run_id</c> of a heartbeat differs from the run that it was sent to.</summary>
    RunIdMismatch,

    /// <summary>No such run.</summary>
    RunNotFound,

    /// <summary>No such command in this run.</summary>
    CommandNotFound,

    /// <summary>The run is in a terminal state; <c>state</c> and <c>end_reason</c> say which and why.</summary>
    RunEnded,

    /// <summary>The request was made for an attempt that has been replaced; <c>current_attempt</c> says by which. Its sender must stop.</summary>
    StaleAttempt,

    /// <summary>The request names an attempt that has not begun.</summary>
    UnknownAttempt,

    /// <summary>The run was claimed, so whoever reports for it must say for which attempt.</summary>
    AttemptRequired,

    /// <summary><c>step</c> is below the run's; <c>current</c> and <c>received</c> say by how much.</summary>
    StepRegression,

    /// <summary><c>checkpoint_version</c> is below the run's; <c>current</c> and <c>received</c> say by how much.</summary>
    CheckpointRegression,

    /// <summary>The heartbeat came sooner than the minimum interval; <c>retry_after</c> (seconds) says when the next is welcome.</summary>
    HeartbeatThrottled,

    /// <summary>The state machine has no such transition; <c>from</c>, <c>to</c> and <c>allowed</c> say what it has.</summary>
    InvalidTransition,

    /// <summary>The command does not fit the state that the run will have once the commands before it are done.</summary>
    InvalidState,

    /// <summary>A run of this id exists and is another one.</summary>
    RunIdConflict,

    /// <summary>A command of this id exists in the run and is another one.</summary>
    CommandIdConflict,

    /// <summary>The command was acknowledged before, with another outcome.</summary>
    AckConflict,

    /// <summary>As many commands wait for acknowledgement as a run may have.</summary>
    QueueFull,

    /// <summary>The idempotency key was used before, for another request.</summary>
    IdempotencyKeyReused,

    /// <summary>The position read from lies before what is kept.</summary>
    CursorExpired,

    /// <summary>The store is out of reach or did not answer; nothing was acknowledged.</summary>
    StoreUnavailable,

    /// <summary>A browser sent the request for a page of another site. Only the HTTP API answers so.</summary>
    CrossOrigin,
}

/// <summary>The wire names of <see cref="RefusalCode"/>.</summary>
public static class RefusalCodes
{
    /// <summary>The stable name of the code on the wire, such as <c>run_not_found</c>.</summary>
    public static string ToWireName(this RefusalCode code) => code switch
    {
        RefusalCode.UnsupportedMediaType => "unsupported_media_type",
        RefusalCode.PayloadTooLarge => "payload_too_large",
        RefusalCode.InvalidJson => "invalid_json",
        RefusalCode.ValidationFailed => "validation_failed",
        RefusalCode.RunIdMismatch => "run_id_mismatch",
        RefusalCode.RunNotFound => "run_not_found",
        RefusalCode.CommandNotFound => "command_not_found",
        RefusalCode.RunEnded => "run_ended",
        RefusalCode.StaleAttempt => "stale_attempt",
        RefusalCode.UnknownAttempt => "unknown_attempt",
        RefusalCode.AttemptRequired => "attempt_required",
        RefusalCode.StepRegression => "step_regression",
        RefusalCode.CheckpointRegression => "checkpoint_regression",
        RefusalCode.HeartbeatThrottled => "heartbeat_throttled",
        RefusalCode.InvalidTransition => "invalid_transition",
        RefusalCode.InvalidState => "invalid_state",
        RefusalCode.RunIdConflict => "run_id_conflict",
        RefusalCode.CommandIdConflict => "command_id_conflict",
        RefusalCode.AckConflict => "ack_conflict",
        RefusalCode.QueueFull => "queue_full",
        RefusalCode.IdempotencyKeyReused => "idempotency_key_reused",
        RefusalCode.CursorExpired => "cursor_expired",
        RefusalCode.StoreUnavailable => "store_unavailable",
        RefusalCode.CrossOrigin => "cross_origin",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "not a refusal code"),
    };
}
