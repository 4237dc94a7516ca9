using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Client.Workers.Claims;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>A real engine in memory and workers on it, on a clock that only the test moves.</summary>
internal sealed class WorkerBench : IAsyncDisposable
{
    public static readonly Actor Ada = new(ActorType.Operator, "ada");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServiceProvider _services;
    private readonly List<WorkerRun> _held = [];
    private readonly ClaimMemory _process = new();

    public WorkerBench(Action<OrchestratorOptions>? configure = null)
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(Time)
            .AddOrchestrator(configure).Services
            .BuildServiceProvider();
        Engine = _services.GetRequiredService<IOrchestrator>();
        Line = new FaultyOrchestrator(Engine);

        // The clock of a test runs far ahead of its threads: where patience is not the subject, it does not end.
        Options = new WorkerRunOptions { TimeProvider = Time, CallTimeout = TimeSpan.FromHours(1), FinalReportTimeout = TimeSpan.FromDays(365) };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    /// <summary>The orchestrator as it is.</summary>
    public IOrchestrator Engine { get; }

    /// <summary>The orchestrator as workers see it.</summary>
    public FaultyOrchestrator Line { get; }

    public WorkerRunOptions Options { get; }

    public async Task<RunId> QueueAsync(string id = "run", IReadOnlyDictionary<string, string>? labels = null, string manifest = "{}")
    {
        var request = new NewRun
        {
            Id = RunId.Parse(id),
            ExperimentId = ExperimentId.Parse("exp"),
            VersionId = VersionId.Parse("v1"),
            LaunchManifest = JsonElement.Parse(manifest),
        };
        return (await Engine.Runs.CreateAsync(labels is null ? request : request with { Labels = labels })).Value.Value.Id;
    }

    /// <summary>A run in the hands of a worker.</summary>
    public async Task<WorkerRun> TakeAsync(string id = "run", WorkerRunOptions? options = null)
    {
        await QueueAsync(id);
        var run = await ClaimAsync(options: options);
        Assert.NotNull(run);
        return run;
    }

    /// <summary>Claims a run, and lets go of it at the end of the test.</summary>
    public Task<WorkerRun?> ClaimAsync(string workerId = "worker-1", TimeSpan wait = default, WorkerRunOptions? options = null) =>
        ClaimAsync(workerId, new ClaimOptions { Wait = wait }, options);

    /// <summary>Claims a run as the options say, in a process of its own where that is given.</summary>
    public async Task<WorkerRun?> ClaimAsync(string workerId, ClaimOptions claim, WorkerRunOptions? options = null, ClaimMemory? process = null)
    {
        var run = await new ClaimLoop(Line, workerId, claim, options ?? Options, process ?? _process).RunAsync(CancellationToken.None);
        if (run is not null)
        {
            _held.Add(run);
        }

        return run;
    }

    /// <summary>Attaches to a run while time passes, and lets go of it at the end of the test.</summary>
    public async Task<WorkerRun> AttachAsync(RunId id, int? attempt = null, string? workerId = null, WorkerRunOptions? options = null)
    {
        var run = await UntilDoneAsync(Line.AttachAsync(id, attempt, workerId, options ?? Options));
        _held.Add(run);
        return run;
    }

    public async Task<Run> SeeAsync(WorkerRun run) => (await Engine.Runs.GetAsync(run.Id)).Value;

    public async Task<CommandId> SendAsync(WorkerRun run, NewCommand command) =>
        (await Engine.Commands.EnqueueAsync(run.Id, command)).Value.Value.Id;

    public async Task<CommandStatus> StatusAsync(WorkerRun run, CommandId command) => (await Engine.Commands.GetAsync(run.Id, command)).Value.Status;

    public Task<CommandId> TuneAsync(WorkerRun run, double learningRate) =>
        SendAsync(run, NewCommand.Tune(Ada, KeyValuePair.Create("learning_rate", learningRate)));

    /// <summary>Trains step by step while time passes, until something is so.</summary>
    public async Task TrainUntilAsync(WorkerRun run, Func<Task<bool>> isSo)
    {
        var step = run.Run.CurrentStep;
        await UntilAsync(async () =>
        {
            await run.CheckControlAsync();
            run.Report(++step, loss: 1.0 / step, samplesPerSec: 100);
            return await isSo();
        });
    }

    /// <summary>Trains until it is told to stop.</summary>
    public async Task<TException> TrainToStopAsync<TException>(WorkerRun run)
        where TException : OperationCanceledException =>
        await Assert.ThrowsAsync<TException>(() => TrainUntilAsync(run, () => Task.FromResult(false)));

    /// <summary>Lets time pass, a second a time, until something is so. Fails after a bound of real time.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "it does not come about, however late it is");
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    public Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    /// <summary>Lets time pass until a task is done.</summary>
    public async Task<T> UntilDoneAsync<T>(Task<T> task)
    {
        await UntilAsync(() => task.IsCompleted);
        return await task;
    }

    /// <summary>Lets time pass until a worker has let go.</summary>
    public async Task DisposeAsync(WorkerRun run)
    {
        var disposal = run.DisposeAsync().AsTask();
        await UntilAsync(() => disposal.IsCompleted);
        await disposal;
    }

    public async ValueTask DisposeAsync()
    {
        Line.ComeBack();
        foreach (var run in _held)
        {
            await DisposeAsync(run);
        }

        await _services.DisposeAsync();
    }
}
