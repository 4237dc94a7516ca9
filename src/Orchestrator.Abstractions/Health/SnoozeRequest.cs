namespace Orchestrator;

/// <summary>A request to give a run more time: nothing is concluded from its silence until then.</summary>
public sealed record SnoozeRequest
{
    /// <summary>Until when. Either this or <see cref="For"/> is required; a time that has passed ends the snooze. At most 366 days away.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How long from now, 0 to 366 days; zero ends the snooze.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Why: 1 to 1,024 characters. Required.</summary>
    public string? Reason { get; init; }

    /// <summary>Who asks. Required, unless the caller is authenticated.</summary>
    public Actor? Actor { get; init; }
}
