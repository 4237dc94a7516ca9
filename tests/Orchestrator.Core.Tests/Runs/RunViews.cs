using System.Text.Json;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

/// <summary>Runs in any state with any commands, as a store would hand them to a decider.</summary>
internal static class RunViews
{
    public const int Attempt = 2;

    public static readonly RunId Run = RunId.Parse("run-1");

    /// <summary>When the run last changed.</summary>
    public static readonly DateTimeOffset Changed = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>When the decider decides.</summary>
    public static readonly DateTimeOffset Now = Changed.AddMinutes(1);

    public static readonly Actor Ada = new(ActorType.Operator, "ada");

    public static readonly OrchestratorOptions Options = new();

    public static readonly Acting ByAda = Acting.From(Ada, CallContext.Empty);

    public static IEnumerable<RunState> States => Enum.GetValues<RunState>();

    public static IEnumerable<RuntimeStatus> Statuses => Enum.GetValues<RuntimeStatus>();

    /// <summary>A run of attempt 2, at step 100 and checkpoint 10, with these commands, of which those that are not answered are live.</summary>
    public static RunView In(RunState state, params IEnumerable<Command> commands)
    {
        Command[] all = [.. commands];
        var head = new RunHead
        {
            Id = Run,
            ExperimentId = ExperimentId.Parse("e"),
            VersionId = VersionId.Parse("v"),
            CreatedAt = Changed.AddHours(-1),
            State = state,
            Attempt = Attempt,
            StartedAt = state is RunState.Queued or RunState.Provisioning ? null : Changed.AddMinutes(-30),
            Termination = state == RunState.Terminating ? new Termination(Changed, Acknowledged: false) : null,
            Ending = state switch
            {
                RunState.Completed => new RunEnding(EndReason.Completed, Changed),
                RunState.Failed => new RunEnding(EndReason.Failed, Changed),
                RunState.Terminated => new RunEnding(EndReason.Forced, Changed),
                _ => null,
            },
            Commands = Math.Max(10, all.Select(command => command.Sequence).DefaultIfEmpty().Max()),
            Events = 40,
            Transitions = 5,
            AuditEntries = 3,
            ChangedAt = Changed,
            Revision = 7,
        };
        var progress = new RunProgress
        {
            Status = RuntimeStatus.Running,
            LastHeartbeatAt = Changed,
            Beat = 50,
            CurrentStep = 100,
            SamplesPerSec = 8,
            Loss = 0.5,
            CheckpointVersion = 10,
            CheckpointStep = 90,
            CheckpointUri = "s3://10",
            Metrics = new Dictionary<string, double> { ["acc"] = 0.9 },
            StatusMessage = "warm",
            Heartbeats = 12,
        };
        return new RunView(head, progress, [.. all.Where(IsLive)]);
    }

    public static RunView With(this RunView view, Func<RunHead, RunHead> change) => view with { Head = change(view.Head) };

    public static RunView WithProgress(this RunView view, Func<RunProgress, RunProgress> change) => view with { Progress = change(view.Progress) };

    public static Command Command(
        long sequence, CommandType type, CommandStatus status = CommandStatus.Pending, string? payload = null, DateTimeOffset? deliveredAt = null) => new()
        {
            Id = IdOf(sequence),
            RunId = Run,
            Sequence = sequence,
            Type = type,
            Payload = payload is not null ? Json(payload)
                : type == CommandType.Terminate ? Json("""{"reason":"over"}""")
                : type == CommandType.Tune ? Json("""{"learning_rate":0.5}""")
                : null,
            Actor = Ada,
            Status = status,
            CreatedAt = Changed,
            DeliveredAt = deliveredAt ?? (status == CommandStatus.Delivered ? Now : null),
            DeliveryCount = status == CommandStatus.Delivered ? 1 : 0,
        };

    public static CommandId IdOf(long sequence) => CommandId.Parse($"c{sequence}");

    public static JsonElement Json(string text) => JsonElement.Parse(text);

    public static bool IsLive(Command command) => command.Status is CommandStatus.Pending or CommandStatus.Delivered;
}
