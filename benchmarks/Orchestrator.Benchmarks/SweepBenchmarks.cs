using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Core.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Benchmarks;

/// <summary>A sweep over live, healthy runs of the in-memory store, of which none or one in a hundred has fallen silent.</summary>
[MemoryDiagnoser]
public class SweepBenchmarks
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private readonly HandClock _clock = new();
    private DateTimeOffset[] _lastSigns = [];
    private IAsyncDisposable? _host;
    private Func<CancellationToken, Task> _sweep = static _ => Task.CompletedTask;

    [Params(10_000, 100_000, 1_000_000)]
    public int Runs { get; set; }

    [Params(0, 1)]
    public int DuePercent { get; set; }

    /// <summary>Fresh runs each iteration, because a sweep that finds something changes it.</summary>
    [IterationSetup]
    public void Setup()
    {
        var store = new InMemoryRunStore(_clock);
        var options = new OrchestratorOptions();
        var engine = new Engine(store, options, _clock, NullLoggerFactory.Instance);
        (_host, _sweep) = (engine, engine.Sweeper.SweepAsync);
        Sweep().Wait();
        PassGrace(options.Health);
        _lastSigns = new DateTimeOffset[Runs];
        var results = new CommitResult[1];
        for (var i = 0; i < Runs; i++)
        {
            var lastSign = _lastSigns[i] = _clock.GetUtcNow() - (i % 100 < DuePercent ? Silence : Silence * (i % 97 / 97.0));
            store.CommitAsync(new[] { Creation(i, lastSign) }, results).AsTask().Wait();
        }
    }

    [IterationCleanup]
    public void Cleanup() => _host?.DisposeAsync().AsTask().Wait();

    /// <summary>The plain way: look at the last sign of every run, and change nothing.</summary>
    [Benchmark(Baseline = true)]
    public int BareScan()
    {
        var due = 0;
        var before = _clock.GetUtcNow() - Silence;
        foreach (var lastSign in _lastSigns)
        {
            due += lastSign <= before ? 1 : 0;
        }

        return due;
    }

    [Benchmark]
    public Task Sweep() => _sweep(CancellationToken.None);

    private void PassGrace(HealthOptions options)
    {
        for (var passed = TimeSpan.Zero; passed <= options.Grace; passed += options.SweepInterval)
        {
            _clock.Advance(options.SweepInterval);
            Sweep().Wait();
        }
    }

    private static RunWrite Creation(int number, DateTimeOffset lastSign)
    {
        var head = new RunHead
        {
            Id = RunId.Parse($"run-{number}"),
            ExperimentId = ExperimentId.Parse("experiment"),
            VersionId = VersionId.Parse("version"),
            State = RunState.Running,
            CreatedAt = lastSign,
            ChangedAt = lastSign,
            LastSignAt = lastSign,
            DueAfterSilence = Silence,
            Revision = 1,
        };
        return new RunWrite(head.Id, 0, null, new RunChange { Head = head, Progress = RunProgress.None, Manifest = RunManifest.Empty }, null);
    }

    /// <summary>A clock that stands still until it is moved.</summary>
    private sealed class HandClock : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override DateTimeOffset GetUtcNow() => new(_ticks, TimeSpan.Zero);

        public override long GetTimestamp() => _ticks;
    }
}
