using BenchmarkDotNet.Attributes;

namespace Orchestrator.Benchmarks;

/// <summary>Claims of queued runs, each by another worker, on the in-memory store.</summary>
[MemoryDiagnoser]
public class ClaimBenchmarks
{
    private const int Runs = 10_000;

    private readonly Lock _lock = new();
    private Host _host = new();
    private PriorityQueue<RunId, (int, long)> _queue = new();
    private Dictionary<RunId, string> _holders = [];

    /// <summary>A fresh host each iteration, because a claimed run is not queued any more.</summary>
    [IterationSetup]
    public void Setup()
    {
        _host = new Host();
        _queue = new PriorityQueue<RunId, (int, long)>(Runs);
        _holders = new Dictionary<RunId, string>(Runs);
        for (var i = 0; i < Runs; i++)
        {
            var run = new NewRun { Id = RunId.Parse($"run-{i}"), ExperimentId = ExperimentId.Parse("experiment"), VersionId = VersionId.Parse("version"), Priority = i % 3 };
            _ = _host.Orchestrator.Runs.CreateAsync(run).AsTask().GetAwaiter().GetResult().Value;
            _queue.Enqueue(run.Id.Value, (-run.Priority, i));
        }
    }

    [IterationCleanup]
    public void Cleanup() => _host.StopAsync().AsTask().Wait();

    /// <summary>The floor: a queue by priority and age, and who holds what.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Runs)]
    public void BareQueue()
    {
        for (var i = 0; i < Runs; i++)
        {
            lock (_lock)
            {
                _holders[_queue.Dequeue()] = $"worker-{i}";
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Runs)]
    public async Task Claim()
    {
        for (var i = 0; i < Runs; i++)
        {
            var claimed = (await _host.Orchestrator.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"worker-{i}" })).Value.Value;
            if (claimed is null)
            {
                throw new InvalidOperationException("There was no run to claim.");
            }
        }
    }
}
