using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Benchmarks;

/// <summary>An orchestrator in process, on the in-memory store, without a throttle.</summary>
internal sealed class Host
{
    private readonly ServiceProvider _services;

    public Host()
    {
        var services = new ServiceCollection();
        services.AddOrchestrator(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        _services = services.BuildServiceProvider();
        Orchestrator = _services.GetRequiredService<IOrchestrator>();
    }

    public IOrchestrator Orchestrator { get; }

    public async Task<RunId> StartRunAsync(string id)
    {
        var run = RunId.Parse(id);
        var created = await Orchestrator.Runs.CreateAsync(
            new NewRun { Id = run, ExperimentId = ExperimentId.Parse("experiment"), VersionId = VersionId.Parse("version") });
        _ = created.Value;
        _ = (await Orchestrator.Heartbeats.ReportAsync(run, Beat(run, 0))).Value;
        return run;
    }

    public static Heartbeat Beat(RunId run, long step) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = step,
        SamplesPerSec = 1_000,
        Loss = 0.5,
        CheckpointVersion = 0,
    };

    public ValueTask StopAsync() => _services.DisposeAsync();
}
