namespace Orchestrator.Samples.Tests.Ends;

/// <summary>How the test makes a block end in each of the ways of the table.</summary>
internal static class EndsCases
{
    private static readonly EndsCase[] Rows =
    [
        new("a return", ReturnAsync) { DotNet = "host", Python = "return", Outcome = "completed" },
        Line("`sys.exit(0)`, `Environment.Exit(0)`", "exit-0"),
        Line("`sys.exit(3)`, `Environment.Exit(3)`", "exit-3"),
        Line("an exception", "exception"),
        Signal("Ctrl-C", "INT") with { DotNetOutcome = "HandedBack" },
        Line("an interrupt in a notebook", "notebook") with { DotNetOutcome = "HandedBack" },
        Signal("SIGTERM to the process", "TERM") with { Outcome = "handed_back", DotNetOutcome = "HandedBack" },
        new("SIGTERM to the process group, where a child ends first", worker => Do(() => worker.Process.SignalGroup("TERM")))
        {
            DotNet = "group",
            Python = "group",
            IsGroup = true,
        },
        Signal("`kill -9`", "KILL"),
        Signal("`kill -9`, and the next worker claims by the same name with takeover", "KILL") with { IsTakeover = true },
        Line("a closed generator, an iterator that is left", "iterator") with
        {
            Python = "generator",
            Outcome = "errored",
            DotNetOutcome = "Errored",
        },
        Line("the end of a forked child, then a return", "fork") with { Outcome = "completed" },
        Line("`fail()`, `FailAsync`", "fail") with { Outcome = "failed", DotNetOutcome = "Failed" },
        Line("`complete()`, `CompleteAsync`", "complete") with { Outcome = "completed", DotNetOutcome = "Completed" },
        Signal("the stop of the worker's host", "TERM") with { DotNet = "host", Python = "host", Outcome = "handed_back" },
        new("another attempt replaces this one", worker => worker.ReplaceAsync()) { Outcome = "lost", DotNetOutcome = "Lost" },
        new("access is refused after the claim (401, 403), then a return", RefuseAsync)
        {
            DotNet = "refused",
            Python = "refused",
            Outcome = "undelivered",
            DotNetOutcome = "Undelivered",
        },
    ];

    /// <summary>The cells that have no case, because the language has no such end.</summary>
    public static HashSet<EndsCell> NotApplicable { get; } = [new("the end of a forked child, then a return", EndsCell.DotNet)];

    public static IReadOnlyDictionary<EndsCell, EndsCase> All { get; } = Rows
        .SelectMany(row => new[] { EndsCell.DotNet, EndsCell.Python }, (row, column) => (row, cell: new EndsCell(row.Row, column)))
        .Where(one => !NotApplicable.Contains(one.cell))
        .ToDictionary(one => one.cell, one => one.row);

    private static EndsCase Line(string row, string mode) => new(row, worker => worker.FinishAsync()) { DotNet = mode, Python = mode };

    private static EndsCase Signal(string row, string signal) => new(row, worker => Do(() => worker.Process.Signal(signal)));

    private static Task Do(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    /// <summary>A host claims the next run after a return, until it is stopped.</summary>
    private static async Task ReturnAsync(EndsWorker worker)
    {
        await worker.FinishAsync();
        if (worker.Cell.Column == EndsCell.DotNet)
        {
            await worker.UntilAsync(run => (string?)run["state"] == "completed");
            worker.Process.Terminate();
        }
    }

    private static async Task RefuseAsync(EndsWorker worker)
    {
        await worker.RefuseAsync();
        await worker.FinishAsync();
    }
}
