using BenchmarkDotNet.Attributes;

namespace Orchestrator.Benchmarks;

/// <summary>One command from its acceptance over its delivery to its acknowledgement, audited twice and told of in four events, on the in-memory store.</summary>
[MemoryDiagnoser]
[WarmupCount(20)]
[IterationCount(15)]
public class CommandBenchmarks
{
    private const int Cycles = 20_000;

    private static readonly Actor Operator = new(ActorType.Operator, "benchmark");

    private Host _host = new();
    private RunId[] _runs = [];

    /// <summary>How many callers there are at once, each with a run of its own.</summary>
    [Params(1, 2)]
    public int Callers { get; set; }

    /// <summary>A fresh host each iteration, because a run keeps its whole history.</summary>
    [IterationSetup]
    public void Setup()
    {
        _host = new Host();
        _runs = [.. Enumerable.Range(0, Callers).Select(n => _host.StartRunAsync($"run-{n}").GetAwaiter().GetResult())];
    }

    [IterationCleanup]
    public void Cleanup() => _host.StopAsync().AsTask().Wait();

    [Benchmark(OperationsPerInvoke = Cycles)]
    public Task Cycle() => Task.WhenAll(_runs.Select(run => Task.Run(() => CycleAsync(run, Cycles / Callers))));

    private async Task CycleAsync(RunId run, int cycles)
    {
        for (var i = 0; i < cycles; i++)
        {
            var command = i % 2 == 0 ? NewCommand.Pause(Operator) : NewCommand.Resume(Operator);
            _ = (await _host.Orchestrator.Commands.EnqueueAsync(run, command)).Value;
            var next = (await _host.Orchestrator.Commands.NextAsync(run)).Value!;
            _ = (await _host.Orchestrator.Commands.AcknowledgeAsync(run, next.Id, new Acknowledgement())).Value;
        }
    }
}
