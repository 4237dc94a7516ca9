using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.Storage;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.Hosting;

/// <summary>An engine over a store, on a clock that only the test moves, after the first sweep of a store of its own. Silence is never noticed unless the test asks for it.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    /// <summary>How long a test waits for what must happen soon, before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly Actor Ada = new(ActorType.Operator, "ada");

    public TestHost(IRunStore? store = null, FakeTimeProvider? time = null, Action<OrchestratorOptions>? configure = null, ILoggerFactory? loggers = null)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        Store = store ?? new InMemoryRunStore(Time);
        var options = Quiet.Options();
        configure?.Invoke(options);
        Engine = new Engine(Store, options, Time, loggers ?? NullLoggerFactory.Instance);
        if (store is null)
        {
            SweepAsync().GetAwaiter().GetResult();
        }
    }

    public FakeTimeProvider Time { get; }

    public IRunStore Store { get; }

    public Engine Engine { get; }

    public IRunOperations Runs => Engine.Runs;

    public IHeartbeatOperations Heartbeats => Engine.Heartbeats;

    public ICommandOperations Commands => Engine.Commands;

    public static NewRun NewRun(string? id = null, int priority = 0) => new()
    {
        Id = id is null ? null : RunId.Parse(id),
        ExperimentId = ExperimentId.Parse("exp"),
        VersionId = VersionId.Parse("v1"),
        Priority = priority,
    };

    public static Heartbeat Beat(RunId run, long step = 0, RuntimeStatus status = RuntimeStatus.Running) =>
        new() { RunId = run, Status = status, Step = step, SamplesPerSec = 1, Loss = 0.5, CheckpointVersion = 0 };

    public Task SweepAsync() => Engine.Sweeper.SweepAsync(CancellationToken.None);

    /// <summary>Creates a run.</summary>
    public async Task<RunId> CreateAsync(string id = "run") => (await Runs.CreateAsync(NewRun(id))).Value.Value.Id;

    /// <summary>Creates a run that its worker reports as running.</summary>
    public async Task<RunId> StartAsync(string id = "run")
    {
        var run = await CreateAsync(id);
        _ = (await Heartbeats.ReportAsync(run, Beat(run))).Value;
        return run;
    }

    /// <summary>Lets time pass, bit by bit, until something is done. Fails after a bound of real time.</summary>
    public async Task PassUntilAsync(Task done, TimeSpan? bit = null)
    {
        var patience = TimeProvider.System.GetTimestamp();
        while (!done.IsCompleted)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(patience) < Patience, "it is not done, however late it is");
            Time.Advance(bit ?? TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await done;
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
