using Microsoft.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Http;

/// <summary>The one table from a refusal to its HTTP status and title.</summary>
internal static class ProblemCodes
{
    /// <summary>The path exists and lacks the method. Like <see cref="NotFound"/> a code of HTTP, not of the orchestrator.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>The prefix has no such path.</summary>
    public const string NotFound = "not_found";

    /// <summary>The member of <see cref="Refusal.Details"/> that has the seconds after which to repeat the request.</summary>
    public const string RetryAfter = "retry_after";

    public static (int Status, string Title) Describe(RefusalCode code) => code switch
    {
        RefusalCode.InvalidJson => (StatusCodes.Status400BadRequest, "The body cannot be read"),
        RefusalCode.CrossOrigin => (StatusCodes.Status403Forbidden, "A page of another site may not do this"),
        RefusalCode.RunNotFound => (StatusCodes.Status404NotFound, "No such run"),
        RefusalCode.CommandNotFound => (StatusCodes.Status404NotFound, "No such command"),
        RefusalCode.RunEnded => (StatusCodes.Status409Conflict, "The run has ended"),
        RefusalCode.StaleAttempt => (StatusCodes.Status409Conflict, "The attempt has been replaced"),
        RefusalCode.StepRegression => (StatusCodes.Status409Conflict, "The step went back"),
        RefusalCode.CheckpointRegression => (StatusCodes.Status409Conflict, "The checkpoint went back"),
        RefusalCode.InvalidTransition => (StatusCodes.Status409Conflict, "The run cannot go to that state"),
        RefusalCode.InvalidState => (StatusCodes.Status409Conflict, "The command does not fit the run's state"),
        RefusalCode.RunIdConflict => (StatusCodes.Status409Conflict, "Another run has this id"),
        RefusalCode.CommandIdConflict => (StatusCodes.Status409Conflict, "Another command has this id"),
        RefusalCode.AckConflict => (StatusCodes.Status409Conflict, "The command was acknowledged before"),
        RefusalCode.IdempotencyKeyReused => (StatusCodes.Status409Conflict, "The idempotency key belongs to another request"),
        RefusalCode.CursorExpired => (StatusCodes.Status410Gone, "The position is no longer kept"),
        RefusalCode.PayloadTooLarge => (StatusCodes.Status413PayloadTooLarge, "The body is too large"),
        RefusalCode.UnsupportedMediaType => (StatusCodes.Status415UnsupportedMediaType, "The body must be application/json"),
        RefusalCode.ValidationFailed => (StatusCodes.Status422UnprocessableEntity, "The request is not valid"),
        RefusalCode.RunIdMismatch => (StatusCodes.Status422UnprocessableEntity, "The heartbeat is about another run"),
        RefusalCode.UnknownAttempt => (StatusCodes.Status422UnprocessableEntity, "The attempt has not begun"),
        RefusalCode.AttemptRequired => (StatusCodes.Status422UnprocessableEntity, "The attempt is required"),
        RefusalCode.HeartbeatThrottled => (StatusCodes.Status429TooManyRequests, "Too soon after the last heartbeat"),
        RefusalCode.QueueFull => (StatusCodes.Status429TooManyRequests, "Too many commands are not acknowledged"),
        RefusalCode.StoreUnavailable => (StatusCodes.Status503ServiceUnavailable, "The storage cannot be reached"),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "not a refusal code"),
    };

    public static int Status(RefusalCode code) => Describe(code).Status;

    /// <summary>Whether the refusal passes with time, so that the answer names the time after which to repeat the request. A store that refused a call as wrong names none.</summary>
    public static bool IsPassing(Refusal refusal) => refusal.Code is RefusalCode.HeartbeatThrottled or RefusalCode.QueueFull
        || (refusal.Code == RefusalCode.StoreUnavailable && refusal.Details.ContainsKey(RetryAfter));

    /// <summary>
    /// The stable identity of a kind of problem (RFC 9457, <c>type</c>). A URN and not an address: it names the same thing on every
    /// host and under every prefix, and promises no page that could vanish.
    /// </summary>
    public static string TypeOf(string code) => "urn:orchestrator:error:" + code;
}
