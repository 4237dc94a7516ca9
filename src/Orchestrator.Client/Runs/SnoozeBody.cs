namespace Orchestrator.Client.Runs;

/// <summary>A request to give a run more time.</summary>
internal sealed class SnoozeBody
{
    public required DateTimeOffset? Until { get; init; }

    public required TimeSpan? Seconds { get; init; }

    public required string? Reason { get; init; }

    public required Actor? Actor { get; init; }

    public static SnoozeBody From(SnoozeRequest request) => new()
    {
        Until = request.Until,
        Seconds = request.For,
        Reason = request.Reason,
        Actor = request.Actor,
    };
}
