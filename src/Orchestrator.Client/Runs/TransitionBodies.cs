namespace Orchestrator.Client.Runs;

/// <summary>A request to move a run.</summary>
internal sealed class MoveBody
{
    public required RunState? ToState { get; init; }

    public required Actor? Actor { get; init; }

    public required string? Reason { get; init; }

    public required int? Attempt { get; init; }

    public required string? ClaimId { get; init; }

    public required string? StatusMessage { get; init; }

    public required FinalReport? Final { get; init; }

    public static MoveBody From(TransitionRequest request) => new()
    {
        ToState = request.To,
        Actor = request.Actor,
        Reason = request.Reason,
        Attempt = request.Attempt,
        ClaimId = request.ClaimId,
        StatusMessage = request.StatusMessage,
        Final = request.Final,
    };
}

internal sealed class TransitionBody
{
    public required long Sequence { get; init; }

    public RunState? FromState { get; init; }

    public required RunState ToState { get; init; }

    public required string ChangedBy { get; init; }

    public string? Reason { get; init; }

    public required int Attempt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public StateTransition ToTransition() => new(Sequence, FromState, ToState, ChangedBy, Reason, Attempt, CreatedAt);
}

internal sealed class TransitionListBody
{
    public required IReadOnlyList<TransitionBody> Transitions { get; init; }

    public string? NextCursor { get; init; }
}
