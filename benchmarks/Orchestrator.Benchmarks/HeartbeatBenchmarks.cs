using BenchmarkDotNet.Attributes;

namespace Orchestrator.Benchmarks;

/// <summary>One heartbeat through the whole engine, beside the bare work that any table of runs must do.</summary>
[MemoryDiagnoser]
public class HeartbeatBenchmarks
{
    private const int Runs = 10_000;

    private readonly Host _host = new();
    private readonly Dictionary<string, Row> _table = [];
    private RunId[] _ids = [];
    private long _step;

    [GlobalSetup]
    public async Task Setup()
    {
        _ids = new RunId[Runs];
        for (var i = 0; i < Runs; i++)
        {
            _ids[i] = await _host.StartRunAsync($"run-{i}");
            _table[$"run-{i}"] = new Row();
        }
    }

    [GlobalCleanup]
    public async Task Cleanup() => await _host.StopAsync();

    /// <summary>The floor: find, lock, check, update, make a snapshot.</summary>
    [Benchmark(Baseline = true)]
    public RunProgress BareTable()
    {
        var step = ++_step;
        var row = _table[_ids[step % Runs].Value];
        lock (row)
        {
            if (step < row.Progress.CurrentStep)
            {
                throw new InvalidOperationException();
            }

            return row.Progress = row.Progress with { CurrentStep = step, Heartbeats = row.Progress.Heartbeats + 1 };
        }
    }

    /// <summary>Through <see cref="IOrchestrator"/>: check, load, decide, commit, answer. Includes making the heartbeat.</summary>
    [Benchmark]
    public async ValueTask<Run> Engine()
    {
        var step = ++_step;
        var run = _ids[step % Runs];
        var result = await _host.Orchestrator.Heartbeats.ReportAsync(run, Host.Beat(run, step));
        return result.Value.Run;
    }

    private sealed class Row
    {
        public RunProgress Progress { get; set; } = RunProgress.None;
    }
}
