using Orchestrator.LoadTest.Measuring;

namespace Orchestrator.LoadTest.Report;

/// <summary>A row as texts, the same on the screen and in Markdown.</summary>
internal static class Cells
{
    public static readonly string[] Headers = ["scenario", "what", "measured", "beside", "ratio", "goal", "verdict"];

    public static string[] Of(Row row) =>
    [
        row.Scenario,
        row.What,
        Text(row.Measured, row.Unit),
        row.Beside is null ? "" : $"{row.Beside}: {Text(row.BesideMeasured, row.Unit)}",
        Text(row.Ratio, Unit.Times),
        row.Goal?.Describe(row.Unit) ?? "",
        row.Verdict,
    ];

    private static string Text(Spread? spread, Unit unit)
    {
        var bare = unit with { Name = "" };
        return spread is not { } value ? ""
            : value.Min.Equals(value.Max) ? unit.Format(value.Median)
            : $"{unit.Format(value.Median)} ({bare.Format(value.Min)} to {bare.Format(value.Max)})";
    }
}
