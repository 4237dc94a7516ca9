using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace Orchestrator.Benchmarks;

/// <summary>A commit with an event, fanned out to readers in process, beside a bare channel for each reader; and reading the log.</summary>
[MemoryDiagnoser]
public class EventBenchmarks
{
    private const int Commits = 1_000;

    private static readonly Actor Operator = new(ActorType.Operator, "benchmark");

    private Host _host = new();
    private RunId _run;
    private IAsyncEnumerator<EventMessage>[] _readers = [];
    private Channel<int>[] _channels = [];

    [Params(1, 10, 100)]
    public int Readers { get; set; }

    /// <summary>A fresh host each iteration, because a run keeps its whole history.</summary>
    [IterationSetup]
    public void Setup()
    {
        _host = new Host();
        _run = _host.StartRunAsync("run").GetAwaiter().GetResult();
        _readers = [.. Enumerable.Range(0, Readers).Select(_ => Follow(after: null))];
        _channels = [.. Enumerable.Range(0, Readers).Select(_ => Channel.CreateUnbounded<int>())];
    }

    [IterationCleanup]
    public void Cleanup() => _host.StopAsync().AsTask().Wait();

    [Benchmark(Baseline = true, OperationsPerInvoke = Commits)]
    public async Task Channels()
    {
        var reads = _channels.Select(channel => Task.Run(async () =>
        {
            for (var n = 0; n < Commits; n++)
            {
                await channel.Reader.ReadAsync();
            }
        })).ToArray();
        for (var n = 0; n < Commits; n++)
        {
            foreach (var channel in _channels)
            {
                channel.Writer.TryWrite(n);
            }
        }

        await Task.WhenAll(reads);
    }

    [Benchmark(OperationsPerInvoke = Commits)]
    public async Task FanOut()
    {
        var reads = _readers.Select(reader => Task.Run(() => ReadAsync(reader))).ToArray();
        await CommitAsync();
        await Task.WhenAll(reads);
    }

    [Benchmark(OperationsPerInvoke = Commits)]
    public async Task CommitThenReadTheLog()
    {
        await CommitAsync();
        await ReadAsync(Follow(EventSubscription.Start));
    }

    private IAsyncEnumerator<EventMessage> Follow(string? after) => _host.Orchestrator
        .SubscribeAsync(new EventSubscription { After = after, Types = [EventType.RunStateChanged] }).AsTask().GetAwaiter().GetResult().Value
        .GetAsyncEnumerator();

    private async Task CommitAsync()
    {
        for (var n = 0; n < Commits; n++)
        {
            var to = n % 2 == 0 ? RunState.Paused : RunState.Running;
            _ = (await _host.Orchestrator.Runs.TransitionAsync(_run, new TransitionRequest { To = to, Actor = Operator })).Value;
        }
    }

    private static async Task ReadAsync(IAsyncEnumerator<EventMessage> reader)
    {
        for (var n = 0; n < Commits; n++)
        {
            await reader.MoveNextAsync();
        }
    }
}
