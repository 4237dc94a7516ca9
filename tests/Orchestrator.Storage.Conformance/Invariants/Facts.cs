using System.Globalization;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>What the model tells of a run, held against what the engine answers.</summary>
internal sealed record RunFacts(
    RunId Id,
    RunState State,
    int Attempt,
    string? Worker,
    RuntimeStatus? Status,
    long Step,
    long Checkpoint,
    double? Loss,
    long Heartbeats,
    DateTimeOffset? LastHeartbeatAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    EndReason? EndReason,
    RefusalCode? LastRefusal,
    string Tuned)
{
    public static RunFacts Of(Run run) => new(
        run.Id,
        run.State,
        run.Attempt,
        run.WorkerId,
        run.RuntimeStatus,
        run.CurrentStep,
        run.CheckpointVersion,
        run.Loss,
        run.Heartbeats,
        run.LastHeartbeatAt,
        run.StartedAt,
        run.EndedAt,
        run.EndReason,
        run.LastRefusal?.Code,
        Values.Show(run.Tuned.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Value!.Value))));
}

/// <summary>What the model tells of a command.</summary>
internal sealed record CommandFacts(
    CommandId Id,
    long Sequence,
    CommandType Type,
    string Values,
    CommandStatus Status,
    int Deliveries,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? AcknowledgedAt,
    AckOutcome? Outcome)
{
    private static readonly Actor Orchestrator = new(ActorType.System, "orchestrator");

    /// <summary>The id that the model gives a command which is carried over to a new attempt; the engine's is random.</summary>
    public static CommandId CarriedOver(long sequence) => CommandId.Parse($"carried-over-{sequence}");

    public static CommandFacts Of(Command command) => new(
        command.Actor == Orchestrator ? CarriedOver(command.Sequence) : command.Id,
        command.Sequence,
        command.Type,
        Invariants.Values.Of(command),
        command.Status,
        command.DeliveryCount,
        command.DeliveredAt,
        command.AcknowledgedAt,
        command.Acknowledgement?.Outcome);
}

/// <summary>What a call answers: a refusal, or what became of the run or the command, and what was delivered.</summary>
internal sealed record Answer(
    RefusalCode? Refused = null, Effect? Effect = null, RunFacts? Run = null, CommandFacts? Command = null, string Delivered = "")
{
    public static Answer Refuse(RefusalCode code) => new(code);

    public static Answer Of(Result<Receipt<Run>> result) =>
        result.TryGet(out var receipt, out var refusal) ? new(Effect: receipt.Effect, Run: RunFacts.Of(receipt.Value)) : Refuse(refusal.Code);

    public static Answer OfClaim(Result<Receipt<Run?>> result) =>
        result.TryGet(out var receipt, out var refusal)
            ? new(Effect: receipt.Effect, Run: receipt.Value is { } run ? RunFacts.Of(run) : null)
            : Refuse(refusal.Code);

    public static Answer Of(Result<Receipt<Command>> result) =>
        result.TryGet(out var receipt, out var refusal)
            ? new(Effect: receipt.Effect, Command: CommandFacts.Of(receipt.Value))
            : Refuse(refusal.Code);

    public static Answer Of(Result<Command?> result) =>
        result.TryGet(out var command, out var refusal)
            ? new(Command: command is null ? null : CommandFacts.Of(command))
            : Refuse(refusal.Code);

    public static Answer Of(Result<HeartbeatReceipt> result) =>
        result.TryGet(out var receipt, out var refusal)
            ? new(Run: RunFacts.Of(receipt.Run), Delivered: Show(receipt.Commands.Select(CommandFacts.Of)))
            : Refuse(refusal.Code);

    public static string Show(IEnumerable<CommandFacts> commands) => string.Join('\n', commands);
}

/// <summary>The numbers of a <c>tune</c>, as text that compares.</summary>
internal static class Values
{
    public static string Of(Command command) =>
        command is { Type: CommandType.Tune, Payload: { } payload }
            ? Show(payload.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, member.Value.GetDouble())))
            : "";

    public static string Show(IEnumerable<KeyValuePair<string, double>> values) => string.Join(
        ' ', values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}")));
}
