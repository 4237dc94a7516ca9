using BenchmarkDotNet.Attributes;

namespace Orchestrator.Benchmarks;

/// <summary>One command from its acceptance to its acknowledgement, audited, on the in-memory store.</summary>
[MemoryDiagnoser]
public class CommandBenchmarks
{
    private static readonly Actor Operator = new(ActorType.Operator, "benchmark");

    private Host _host = new();
    private RunId _run;
    private bool _pause;

    /// <summary>A fresh host each iteration, because a run keeps its whole history.</summary>
    [IterationSetup]
    public void Setup()
    {
        _host = new Host();
        _run = _host.StartRunAsync("run").GetAwaiter().GetResult();
        _pause = true;
    }

    [IterationCleanup]
    public void Cleanup() => _host.StopAsync().AsTask().Wait();

    [Benchmark(OperationsPerInvoke = 10_000)]
    public async Task Cycle()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var command = _pause ? NewCommand.Pause(Operator) : NewCommand.Resume(Operator);
            _pause = !_pause;
            _ = (await _host.Orchestrator.Commands.EnqueueAsync(_run, command)).Value;
            var next = (await _host.Orchestrator.Commands.NextAsync(_run)).Value!;
            _ = (await _host.Orchestrator.Commands.AcknowledgeAsync(_run, next.Id, new Acknowledgement())).Value;
        }
    }
}
