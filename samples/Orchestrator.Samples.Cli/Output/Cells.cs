using System.Globalization;
using Spectre.Console;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>Values as they stand in a table.</summary>
internal static class Cells
{
    private const string Nothing = "-";

    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().NoBorder();
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, Color.Grey)).Padding(0, 0, 2, 0));
        }

        return table;
    }

    public static Text Of(string? text) => new(text is { Length: > 0 } ? Printable.Of(text) : Nothing);

    public static Text Of(RunState state) => new(state.ToWireName(), state switch
    {
        RunState.Running => Color.Green,
        RunState.Paused => Color.Yellow,
        RunState.Terminating => Color.Olive,
        RunState.Failed or RunState.Errored => Color.Red,
        RunState.Completed or RunState.Terminated => Color.Blue,
        _ => Style.Plain,
    });

    public static Text Of(HealthStatus health) => new(health.ToWireName(), health switch
    {
        HealthStatus.Healthy => Style.Plain,
        HealthStatus.Unresponsive => Color.Red,
        _ => Color.Yellow,
    });

    public static string Number(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? Nothing;

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? Nothing;

    /// <summary>How long ago something was, in one unit.</summary>
    public static string Ago(DateTimeOffset? time, DateTimeOffset now) => (now - time) switch
    {
        null => Nothing,
        { TotalSeconds: < 1 } => "now",
        { TotalMinutes: < 2 } age => $"{(int)age.TotalSeconds} s ago",
        { TotalHours: < 2 } age => $"{(int)age.TotalMinutes} min ago",
        { TotalDays: < 2 } age => $"{(int)age.TotalHours} h ago",
        { } age => $"{(int)age.TotalDays} d ago",
    };
}
