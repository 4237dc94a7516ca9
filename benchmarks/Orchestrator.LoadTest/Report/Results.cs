using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Orchestrator.LoadTest.Report;

/// <summary>Everything that was measured, as a table on the screen, and as Markdown and JSON.</summary>
internal sealed record Results(DateTimeOffset At, string Command, Machine Machine, List<Row> Rows)
{
    private const int NarrowestTable = 200;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Print()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, NarrowestTable);
        }

        var table = new Table().RoundedBorder();
        table.AddColumns(Cells.Headers);
        foreach (var row in Rows)
        {
            var cells = Cells.Of(row).Select(Markup.Escape).ToArray();
            cells[^1] = row.Held switch { true => $"[green]{cells[^1]}[/]", false => $"[red]{cells[^1]}[/]", null => $"[grey]{cells[^1]}[/]" };
            table.AddRow(cells);
        }

        AnsiConsole.Write(table);
    }

    /// <summary>Writes <c>load-test.md</c> and <c>load-test.json</c>.</summary>
    public async Task WriteAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "load-test.md"), Markdown());
        await File.WriteAllTextAsync(Path.Combine(folder, "load-test.json"), JsonSerializer.Serialize(this, Json) + "\n");
    }

    private string Markdown()
    {
        var servers = string.Join(", ", Machine.Servers.Select(server => $"{server.Key} {server.Value}").DefaultIfEmpty("no servers"));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Load test

            ```bash
            {Command}
            ```

            {At:yyyy-MM-dd HH:mm} UTC, commit {Machine.Commit}. {Machine.Cores} cores of {Machine.Cpu}, {Machine.MemoryGiB} GiB, {Machine.Os}, {Machine.Runtime}; {servers}.
            Load average before the first scenario: {Machine.LoadAverage}. The load, the hosts and the servers share the cores. Medians, and in brackets the least and the
            most of the rounds; ratios are of one round each. What the rows mean is told in [the benchmarks](../README.md#load-test).


            """);
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Cells.Headers)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(Cells.Headers.Select(_ => "---|"))}");
        foreach (var row in Rows)
        {
            var cells = Cells.Of(row);
            cells[^1] = row.Held == false ? $"**{cells[^1]}**" : cells[^1];
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
        }

        text.Append("\n| beside | does more | does less |\n|---|---|---|\n");
        foreach (var beside in Comparison.All.Where(beside => Rows.Any(row => row.Beside == beside.Name)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {beside.Name} | {beside.More} | {beside.Less} |");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
