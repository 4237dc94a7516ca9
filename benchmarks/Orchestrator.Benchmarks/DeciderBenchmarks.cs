using BenchmarkDotNet.Attributes;
using Orchestrator.Core.Commands;
using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Storage;

namespace Orchestrator.Benchmarks;

/// <summary>Decisions alone: no store, no clock, no audit.</summary>
[MemoryDiagnoser]
public class DeciderBenchmarks
{
    private static readonly RunId Run = RunId.Parse("run");
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Actor Operator = new(ActorType.Operator, "benchmark");
    private static readonly NewCommand Pause = NewCommand.Pause(Operator);

    private readonly OrchestratorOptions _options = new() { Heartbeats = { MinInterval = TimeSpan.Zero } };
    private readonly Heartbeat _beat = Host.Beat(Run, 1);
    private RunView _running = null!;
    private RunView _commanded = null!;
    private RunView _delivered = null!;
    private CommandId _command;

    [GlobalSetup]
    public void Setup()
    {
        var head = new RunHead
        {
            Id = Run,
            ExperimentId = ExperimentId.Parse("experiment"),
            VersionId = VersionId.Parse("version"),
            State = RunState.Running,
            CreatedAt = Now,
            ChangedAt = Now,
            Revision = 1,
        };
        _running = new RunView(head, RunProgress.None, []);
        _command = CommandId.New(Now);
        var command = Accept().Change!.Commands[^1];
        _commanded = new RunView(head with { Commands = 1 }, RunProgress.None, [command]);
        var taken = Deliver().Change!.Commands[^1];
        _delivered = new RunView(head with { Commands = 1 }, RunProgress.None, [taken]) { Command = taken };
        if (taken.Status != CommandStatus.Delivered || Acknowledge().Change is null)
        {
            throw new InvalidOperationException("The decisions are not what is to be measured.");
        }
    }

    /// <summary>The floor of a heartbeat: compare a state and two numbers.</summary>
    [Benchmark(Baseline = true)]
    public bool BareCheck() =>
        _running.Head.State == RunState.Running && _beat.Step >= _running.Progress.CurrentStep && _beat.CheckpointVersion >= _running.Progress.CheckpointVersion;

    [Benchmark]
    public bool Heartbeat() => new HeartbeatDecider(Run, _beat, 0, _options).Decide(_running, Now).Answer.Accepted;

    /// <summary>A command is accepted: a new command, its event, and the head after it.</summary>
    [Benchmark]
    public object Enqueue() => Accept().Change!;

    /// <summary>It is delivered.</summary>
    [Benchmark]
    public object Next() => Deliver().Change!;

    /// <summary>It is acknowledged, which moves the run.</summary>
    [Benchmark]
    public object Ack() => Acknowledge().Change!;

    private Core.Storage.Decision<Receipt<Command>> Accept() => new EnqueueDecider(Run, _command, Pause, new Acting(Operator, null), _options).Decide(_running, Now);

    private Core.Storage.Decision<Polled> Deliver() => new NextDecider(Run, null, null, _options).Decide(_commanded, Now);

    private Core.Storage.Decision<Receipt<Command>> Acknowledge() =>
        new AckDecider(Run, _command, new Acknowledgement(), CallContext.Empty, _options).Decide(_delivered, Now);
}
