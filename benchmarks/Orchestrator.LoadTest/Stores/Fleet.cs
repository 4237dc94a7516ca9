namespace Orchestrator.LoadTest.Stores;

/// <summary>The runs that every scenario works on.</summary>
internal static class Fleet
{
    private static readonly ExperimentId Experiment = ExperimentId.Parse("experiment");
    private static readonly VersionId Version = VersionId.Parse("version");

    /// <summary>No throttle, and no silence: a round of another contestant is none.</summary>
    public static void Configure(OrchestratorOptions options)
    {
        options.Heartbeats.MinInterval = TimeSpan.Zero;
        options.Health.StaleAfter = TimeSpan.FromHours(1);
        options.Health.UnresponsiveAfter = TimeSpan.FromHours(2);
    }

    /// <summary>Creates runs 0 to <paramref name="count"/> − 1, each running after its first heartbeat.</summary>
    public static Task StartRunsAsync(IOrchestrator orchestrator, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = 256 },
        async (number, stop) =>
        {
            var id = RunId.Parse(Runs.IdOf(number));
            _ = (await orchestrator.Runs.CreateAsync(NewRun(id), cancellationToken: stop)).Value;
            _ = (await orchestrator.Heartbeats.ReportAsync(id, Beat(id, 0), cancellationToken: stop)).Value;
        });

    public static NewRun NewRun(RunId? id) => new() { Id = id, ExperimentId = Experiment, VersionId = Version };

    public static Heartbeat Beat(RunId run, long step) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = step,
        SamplesPerSec = 812.5,
        Loss = 0.42,
        CheckpointVersion = 1,
    };
}
