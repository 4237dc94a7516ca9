using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>The newest numbers of a run, read from the control plane again and again: one line that changes, or a line now and then.</summary>
public sealed class ProgressView(IAnsiConsole console, Func<CancellationToken, Task<JsonNode>> read)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(2);
    private const int StateWidth = 12;
    private static readonly string[] Columns = ["state", "step", "loss", "accuracy", "samples/s", "learning rate", "checkpoint"];

    /// <summary>Shows the run until the task has ended, and once more then.</summary>
    public async Task ShowAsync(Task until, CancellationToken cancellationToken)
    {
        if (Terminal.IsLive(console))
        {
            await console.Live(Table(await read(cancellationToken))).StartAsync(async live =>
                await FollowAsync(until, run => Terminal.Exclusively(() => live.UpdateTarget(Table(run))), cancellationToken));
        }
        else
        {
            await FollowAsync(until, WriteLine(), cancellationToken);
        }
    }

    private async Task FollowAsync(Task until, Action<JsonNode> show, CancellationToken cancellationToken)
    {
        bool isLast;
        do
        {
            isLast = until.IsCompleted;
            show(await read(cancellationToken));
            await Task.WhenAny(until, Task.Delay(LookAgain, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (!isLast);
    }

    private static Table Table(JsonNode run)
    {
        var table = new Table().NoBorder();
        foreach (var column in Columns)
        {
            table.AddColumn(new TableColumn($"[grey]{column}[/]").RightAligned().NoWrap().Padding(0, 0, 2, 0));
        }

        table.Columns[0].LeftAligned();
        var cells = Cells(run);
        cells[0] = $"[{Colors.Of(cells[0])}]{cells[0],-StateWidth}[/]";
        return table.AddRow(cells);
    }

    private Action<JsonNode> WriteLine()
    {
        var (shownState, shownAt) = ("", TimeProvider.System.GetTimestamp());
        return run =>
        {
            var cells = Cells(run);
            if (cells[0] != shownState || TimeProvider.System.GetElapsedTime(shownAt) >= LineEvery)
            {
                (shownState, shownAt) = (cells[0], TimeProvider.System.GetTimestamp());
                Terminal.Exclusively(() => console.WriteLine($"{cells[0],-StateWidth} " + string.Join("  ", Columns.Zip(cells).Skip(1).Select(pair => $"{pair.First} {pair.Second}"))));
            }
        };
    }

    private static string[] Cells(JsonNode run) =>
    [
        (string)run["state"]!,
        Number(run["current_step"], "0"),
        Number(run["loss"], "0.0000"),
        Number(run["metrics"]?["accuracy"], "0.0 %"),
        Number(run["samples_per_sec"], "0"),
        Number(run["metrics"]?["learning_rate"], "0.###"),
        Number(run["checkpoint_version"], "0"),
    ];

    /// <summary>A number that is not finite is a string on the wire.</summary>
    private static string Number(JsonNode? value, string format) =>
        value is null ? "-"
        : value.AsValue().TryGetValue<double>(out var number) ? number.ToString(format, CultureInfo.InvariantCulture)
        : value.ToString();
}
