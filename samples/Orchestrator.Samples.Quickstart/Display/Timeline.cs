using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>What the control plane has recorded of a run, as tables. Times are seconds since the run was created.</summary>
public sealed class Timeline(IAnsiConsole console, JsonNode run)
{
    private readonly DateTimeOffset _start = Time(run["created_at"])!.Value;

    /// <summary>Shows how the state changed.</summary>
    public void ShowTransitions(JsonArray transitions)
    {
        var table = New("at", "from", "to", "by", "reason");
        foreach (var transition in transitions)
        {
            table.AddRow(
                Since(transition!["created_at"]),
                Escaped(transition["from_state"]),
                State((string)transition["to_state"]!),
                Escaped(transition["changed_by"]),
                Escaped(transition["reason"]));
        }

        Write("Transitions", table);
    }

    /// <summary>Shows what was ordered, and how soon it was done.</summary>
    public void ShowCommands(JsonArray commands)
    {
        var table = New("created", "delivered", "acked", "latency", "command", "status", "step");
        foreach (var command in commands)
        {
            table.AddRow(
                Since(command!["created_at"]),
                Since(command["delivered_at"]),
                Since(command["acknowledged_at"]),
                Latency(command),
                Describe(command).EscapeMarkup(),
                State((string)command["status"]!),
                Escaped(command["acknowledgement"]?["step"]));
        }

        Write("Commands", table);
    }

    /// <summary>A command in a few words.</summary>
    public static string Describe(JsonNode command)
    {
        var type = (string)command["type"]!;
        return type switch
        {
            "tune" => string.Create(CultureInfo.InvariantCulture, $"tune learning_rate {(double)command["payload"]!["learning_rate"]!}"),
            "terminate" when (bool?)command["payload"]?["final_checkpoint"] == true => "terminate, checkpoint",
            _ => type,
        };
    }

    /// <summary>The time from the acceptance of a command to the worker's word that it is done.</summary>
    public static string Latency(JsonNode command) => Time(command["acknowledged_at"]) - Time(command["created_at"]) is { } latency
        ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0} ms")
        : "-";

    private static Table New(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        table.AddColumns([.. columns.Select(column => new TableColumn($"[grey]{column}[/]").NoWrap().Padding(0, 0, 1, 0))]);
        return table;
    }

    private void Write(string title, Table table)
    {
        console.WriteLine();
        console.MarkupLine($"[bold]{title}[/]");
        console.Write(table);
    }

    private string Since(JsonNode? time) => Time(time) - _start is { } span ? span.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture) : "-";

    private static string State(string state) => $"[{Colors.Of(state)}]{state}[/]";

    private static string Escaped(JsonNode? value) => (value?.ToString() ?? "-").EscapeMarkup();

    private static DateTimeOffset? Time(JsonNode? value) => (DateTimeOffset?)value;
}
