using System.Threading.Channels;
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
    private Channel<Command>[] _queues = [];

    /// <summary>How many callers there are at once, each with a run of its own.</summary>
    [Params(1, 2)]
    public int Callers { get; set; }

    /// <summary>A fresh host each iteration, because a run keeps its whole history.</summary>
    [IterationSetup]
    public void Setup()
    {
        _host = new Host();
        _queues = [.. Enumerable.Range(0, Callers).Select(_ => Channel.CreateUnbounded<Command>())];
        _runs = [.. Enumerable.Range(0, Callers).Select(n => _host.StartRunAsync($"run-{n}").GetAwaiter().GetResult())];
    }

    [IterationCleanup]
    public void Cleanup() => _host.StopAsync().AsTask().Wait();

    /// <summary>The floor: a channel and a dictionary of commands for each run, and nothing of it told or audited.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Cycles)]
    public Task BareChannel() => Task.WhenAll(_queues.Select(queue => Task.Run(() => CycleBareAsync(queue, Cycles / Callers))));

    [Benchmark(OperationsPerInvoke = Cycles)]
    public Task Cycle() => Task.WhenAll(_runs.Select(run => Task.Run(() => CycleAsync(run, Cycles / Callers))));

    private static async Task CycleBareAsync(Channel<Command> queue, int cycles)
    {
        var commands = new Dictionary<CommandId, Command>();
        for (var i = 0; i < cycles; i++)
        {
            var now = DateTimeOffset.UtcNow;
            var command = new Command
            {
                Id = CommandId.New(now),
                RunId = RunId.Parse("run"),
                Sequence = i,
                Type = i % 2 == 0 ? CommandType.Pause : CommandType.Resume,
                Actor = Operator,
                CreatedAt = now,
            };
            commands[command.Id] = command;
            await queue.Writer.WriteAsync(command);
            var next = await queue.Reader.ReadAsync();
            commands[next.Id] = next with { Status = CommandStatus.Applied };
        }
    }

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
