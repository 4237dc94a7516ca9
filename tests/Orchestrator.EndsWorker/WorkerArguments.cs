namespace Orchestrator.EndsWorker;

/// <summary>Which run a worker executes, and how it ends.</summary>
/// <param name="Api">The prefix of the server's API.</param>
/// <param name="Mode">The way to end.</param>
/// <param name="Label">The label <c>cell</c> of the run.</param>
internal sealed record WorkerArguments(Uri Api, string Mode, string Label)
{
    public string WorkerId => $"ends-{Label}";

    public IReadOnlyDictionary<string, string> Labels => new Dictionary<string, string> { ["cell"] = Label };

    /// <summary>A short interval, and a short wait for an end that is not delivered.</summary>
    public WorkerRunOptions Options => new()
    {
        Interval = TimeSpan.FromMilliseconds(100),
        FinalReportTimeout = TimeSpan.FromSeconds(Mode == "refused" ? 2 : 60),
    };
}
