namespace Orchestrator.Benchmarks;

/// <summary>How much memory live runs take, logs included and with UUID ids, which are part of a run.</summary>
internal static class RunMemory
{
    public static async Task MeasureAsync(int runs)
    {
        var host = new Host();
        var experiment = ExperimentId.Parse("experiment");
        var version = VersionId.Parse("version");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < runs; i++)
        {
            _ = (await host.Orchestrator.Runs.CreateAsync(new NewRun { ExperimentId = experiment, VersionId = version })).Value;
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(FormattableString.Invariant($"{runs} live runs: {bytes / (double)runs:F0} B each, with one transition and one event a run in the logs"));
        await host.StopAsync();
    }
}
