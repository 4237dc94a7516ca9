using Orchestrator.Samples.Cli.Output;
using Spectre.Console;

namespace Orchestrator.Samples.Cli.Runs;

/// <summary>Runs in a row or a line each.</summary>
internal static class RunTable
{
    public static Table Of(IEnumerable<Run> runs, DateTimeOffset now)
    {
        var table = Cells.Table("RUN", "STATE", "HEALTH", "STEP", "LOSS", "SAMPLES/S", "WORKER", "SEEN");
        foreach (var number in (int[])[3, 4, 5])
        {
            table.Columns[number].RightAligned();
        }

        foreach (var run in runs)
        {
            table.AddRow(
                Cells.Of(run.Id.Value),
                Cells.Of(run.State),
                Cells.Of(run.HealthStatus),
                Cells.Of(Cells.Number(run.CurrentStep)),
                Cells.Of(Cells.Number(run.Loss)),
                Cells.Of(Cells.Number(run.SamplesPerSec)),
                Cells.Of(run.WorkerId),
                Cells.Of(Cells.Ago(run.LastHeartbeatAt, now)));
        }

        return table;
    }

    public static string Line(Run run) =>
        $"{Cells.Time(run.UpdatedAt)} {run.Id} {run.State.ToWireName()} {run.HealthStatus.ToWireName()} attempt={run.Attempt} step={Cells.Number(run.CurrentStep)} "
        + $"loss={Cells.Number(run.Loss)} samples/s={Cells.Number(run.SamplesPerSec)}";
}
