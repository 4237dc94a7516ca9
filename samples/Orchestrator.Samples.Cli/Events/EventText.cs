using System.Globalization;
using Orchestrator.Samples.Cli.Commands;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Events;

/// <summary>Events in a line each.</summary>
internal static class EventText
{
    public static string Of(RunEvent told) =>
        $"{Cells.Time(told.Time)} {(told.RunId.IsDefault ? "fleet" : told.RunId.Value)} {told.Type.ToWireName()} {Details(told.Data)}".TrimEnd();

    private static string Details(EventData data) => data switch
    {
        CommandData { Command: { Acknowledgement: not null } command } => $"{CommandText.Asked(command)}: {CommandText.Outcome(command)}",
        CommandData { Command: var command } => CommandText.Asked(command),
        ProgressData { Run: var run } => $"step={Cells.Number(run.CurrentStep)} loss={Cells.Number(run.Loss)} samples/s={Cells.Number(run.SamplesPerSec)}",
        RunCreatedData created => $"{created.ExperimentId} {created.VersionId}{By(created.CreatedBy)}",
        StateChangedData { Transition: var step } => $"{step.From?.ToWireName()} -> {step.To.ToWireName()}{By(step.ChangedBy)}{Because(step.Reason)}",
        HealthChangedData { Standstill: { } standstill } health => $"{health.From.ToWireName()} -> {health.To.ToWireName()}, no advance for {Seconds(standstill)}",
        HealthChangedData health => $"{health.From.ToWireName()} -> {health.To.ToWireName()}, silent for {Seconds(health.Silence)}",
        LossNotFiniteData loss => $"{Cells.Number(loss.Loss)} at step {Cells.Number(loss.Step)}",
        HeartbeatRefusedData refused => refused.Code.ToWireName(),
        SnoozedData { Until: { } until } snoozed => $"until {Cells.Time(until)}{By(snoozed.Actor.Id)}{Because(snoozed.Reason)}",
        SnoozedData snoozed => $"ended{By(snoozed.Actor.Id)}{Because(snoozed.Reason)}",
        AttemptStartedData attempt => $"from step {Cells.Number(attempt.ResumeFrom.Step)}{By(attempt.WorkerId)}{Because(attempt.Reason)}",
        TerminateRecommendedData recommended => $"silent for {Seconds(recommended.Silence)}",
        RolledBackData lost => $"from revision {Cells.Number(lost.Seen)} to {Cells.Number(lost.Found)}",
        FleetSilentData fleet => $"{Cells.Number(fleet.Silent)} of {Cells.Number(fleet.Watched)} runs",
        _ => throw new ArgumentOutOfRangeException(nameof(data), data, "not the data of an event"),
    };

    private static string By(string? who) => who is null ? "" : $" by {who}";

    private static string Because(string? why) => why is null ? "" : $": {why}";

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}
