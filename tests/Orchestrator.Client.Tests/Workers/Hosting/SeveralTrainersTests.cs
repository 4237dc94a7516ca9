using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Client.Tests.Workers.Hosting;

/// <summary>Several trainers in one application, with the name that each gets by default.</summary>
public sealed class SeveralTrainersTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();
    private readonly ConcurrentQueue<(string Run, string? Worker, string Trainer)> _taken = new();

    [Fact]
    public async Task A_run_that_one_trainer_has_is_given_to_no_other()
    {
        for (var number = 1; number <= 4; number++)
        {
            await _bench.QueueAsync($"run-{number}");
        }

        using var host = Build(options => options.MaxConcurrentRuns = 2);
        await host.StartAsync();
        await _bench.UntilAsync(() => _taken.Count == 4);
        await StopAsync(host);

        var name = new WorkerOptions().WorkerId;
        Assert.Equal(["run-1", "run-2", "run-3", "run-4"], _taken.Select(taken => taken.Run).Order());
        Assert.Equal([name, $"{name}-2", $"{name}-3", $"{name}-4"], _taken.Select(taken => taken.Worker).Order());
        Assert.Equal(2, _taken.Count(taken => taken.Trainer == nameof(Other)));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private IHost Build(Action<WorkerOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<TimeProvider>(_bench.Time);
        builder.Services.AddSingleton<IOrchestrator>(_bench.Line);
        builder.Services.AddSingleton(_taken);
        builder.Services.AddOrchestratorWorker<One>(Configure);
        builder.Services.AddOrchestratorWorker<Other>(Configure);
        return builder.Build();

        void Configure(WorkerOptions options)
        {
            options.Run = _bench.Options;
            configure(options);
        }
    }

    private async Task StopAsync(IHost host)
    {
        var stopping = host.StopAsync();
        await _bench.UntilAsync(() => stopping.IsCompleted);
        await stopping;
    }

    private abstract class Endless(ConcurrentQueue<(string Run, string? Worker, string Trainer)> taken) : ITrainer
    {
        public async Task RunAsync(WorkerRun run, CancellationToken cancellationToken)
        {
            taken.Enqueue((run.Id.Value, run.Run.WorkerId, GetType().Name));
            while (true)
            {
                await run.CheckControlAsync(CancellationToken.None);
                await Task.Yield();
            }
        }
    }

    private sealed class One(ConcurrentQueue<(string Run, string? Worker, string Trainer)> taken) : Endless(taken);

    private sealed class Other(ConcurrentQueue<(string Run, string? Worker, string Trainer)> taken) : Endless(taken);
}
