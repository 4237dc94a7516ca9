using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using static Orchestrator.Core.Tests.Invariants.Operation;

namespace Orchestrator.Core.Tests.Invariants;

/// <summary>Does what it is told to an engine and to the model, and holds each answer and the run after it against the model.</summary>
internal sealed class Simulation : IAsyncDisposable
{
    public const int MaxPending = 4;
    public static readonly TimeSpan TerminateGrace = TimeSpan.FromSeconds(120);
    public static readonly TimeSpan TerminateLimit = TimeSpan.FromSeconds(900);
    public static readonly TimeSpan RedeliveryTimeout = TimeSpan.FromSeconds(30);

    private static readonly Actor Scheduler = new(ActorType.System, "scheduler");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly Model _model = new();

    public Simulation() => Host = NewHost(new InMemoryRunStore(_time));

    public TestHost Host { get; private set; }

    public IReadOnlyList<ModelRun> Runs => _model.Runs;

    /// <summary>Told of each call that is about a run, with what it answered and changed.</summary>
    public Action<Step>? Observe { get; init; }

    /// <summary>Whether each call is sent a second time, at once, as a client does that lost the answer.</summary>
    public bool Repeats { get; init; }

    public async Task RunAsync(IEnumerable<Operation> operations)
    {
        foreach (var operation in operations)
        {
            await DoAsync(operation);
        }

        foreach (var run in Runs)
        {
            await CompareAsync(run);
        }
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    public void Advance(TimeSpan time)
    {
        _time.Advance(time);
        _model.Now = _time.GetUtcNow();
    }

    private TestHost NewHost(InMemoryRunStore store)
    {
        _model.Now = _time.GetUtcNow();
        return new TestHost(store, _time, options => options.Commands.MaxPending = MaxPending);
    }

    private async Task DoAsync(Operation operation)
    {
        switch (operation)
        {
            case Wait wait:
                Advance(TimeSpan.FromSeconds(wait.Seconds));
                break;
            case Sweep:
                await Host.SweepAsync();
                _model.Sweep();
                break;
            case Reboot:
                await Host.DisposeAsync();
                Host = NewHost((InMemoryRunStore)Host.Store);
                break;
            case Claim claim:
                await CallAsync(operation, null, Prepare(claim));
                break;
            case Create create:
                await CallAsync(operation, Id(create.Run), Prepare(create));
                break;
            case Report report:
                await CallAsync(operation, Id(report.Run), Prepare(report, Id(report.Run)));
                break;
            case Enqueue enqueue:
                await CallAsync(operation, Id(enqueue.Run), Prepare(enqueue, Id(enqueue.Run)));
                break;
            case Poll poll:
                await CallAsync(operation, Id(poll.Run), Prepare(poll, Id(poll.Run)));
                break;
            case Ack ack:
                await CallAsync(operation, Id(ack.Run), Prepare(ack, Id(ack.Run)));
                break;
            case Move move:
                await CallAsync(operation, Id(move.Run), Prepare(move, Id(move.Run)));
                break;
            case Restart restart:
                await CallAsync(operation, Id(restart.Run), Prepare(restart, Id(restart.Run)));
                break;
            default:
                throw new InvalidOperationException($"nobody knows how to do {operation}");
        }
    }

    private async Task CallAsync(Operation operation, RunId? about, Call call)
    {
        var before = await SeeAsync(about);
        var answer = await call.Engine();
        var told = call.Model();
        Assert.True(told == answer, $"{operation}\nmust answer {told}\nand answered {answer}");
        var subject = about ?? answer.Run?.Id;
        var after = await SeeAsync(subject);
        Assert.Equal(subject is { } id ? _model.Find(id)?.Facts() : null, after is null ? null : RunFacts.Of(after));
        Observe?.Invoke(new Step(operation, before, answer, after));
        if (Repeats && call.HasIdentity && answer.Refused is null)
        {
            var repeated = await call.Engine();
            Assert.Null(repeated.Refused);
            Assert.NotEqual(Effect.Done, repeated.Effect);
            Assert.Equal(answer.Run, repeated.Run);
            Assert.Equal(answer.Command, repeated.Command);
            Assert.Equal(after?.Revision, (await SeeAsync(subject))?.Revision);
        }
    }

    private async Task<Run?> SeeAsync(RunId? id) =>
        id is { } run && (await Host.Runs.GetAsync(run)).TryGet(out var found, out _) ? found : null;

    private async Task CompareAsync(ModelRun run)
    {
        Assert.Equal(run.Facts(), RunFacts.Of((await Host.Runs.GetAsync(run.Id)).Value));
        Assert.Equal(run.Commands.Select(command => command.Facts()), (await Host.Commands.ListAsync(run.Id)).Value.Select(CommandFacts.Of));
        Assert.Equal(run.Path, (await Host.Runs.GetTransitionsAsync(run.Id)).Value.Select(step => (step.From, step.To, step.Attempt)));
    }

    private Call Prepare(Create create)
    {
        var request = TestHost.NewRun(Id(create.Run).Value, priority: create.Variant == 0 ? create.Run % 2 : 7);
        var key = create.Keyed ? $"create-{create.Run}" : null;
        return new(
            async () => Answer.Of(await Host.Runs.CreateAsync(request, Context(key))), () => _model.Create(request, key), HasIdentity: true);
    }

    private Call Prepare(Report report, RunId id)
    {
        var run = _model.Find(id);
        var heartbeat = new Heartbeat
        {
            RunId = report.Misdirected ? RunId.Parse("another", null) : id,
            Status = report.Status,
            Step = Math.Max(0, (run?.Step ?? 0) + report.StepBy),
            CheckpointVersion = Math.Max(0, (run?.Checkpoint ?? 0) + report.CheckpointBy),
            SamplesPerSec = 10,
            Loss = report.Loss,
            Beat = report.BeatBy is { } by ? (run?.Beat ?? 0) + by : null,
            Attempt = AttemptOf(id, report.AttemptBy),
        };
        return new(
            async () => Answer.Of(await Host.Heartbeats.ReportAsync(id, heartbeat, report.Commands)),
            () => _model.Report(id, heartbeat, report.Commands),
            HasIdentity: heartbeat.Beat is not null && report.Commands == 0);
    }

    private Call Prepare(Enqueue enqueue, RunId id)
    {
        var values = enqueue.Type == CommandType.Tune ? Tunables(enqueue) : [];
        var request = enqueue.Type switch
        {
            CommandType.Tune => NewCommand.Tune(TestHost.Ada, values),
            CommandType.Terminate => NewCommand.Terminate(TestHost.Ada, "enough"),
            _ => new NewCommand { Type = enqueue.Type, Actor = TestHost.Ada },
        };
        request = request with
        {
            Id = CommandOf(enqueue.Id),
            ExpiresAt = enqueue.ExpiresIn is { } seconds ? _model.Now.AddSeconds(seconds) : null,
        };
        var key = Key(enqueue.Key);
        return new(
            async () => Answer.Of(await Host.Commands.EnqueueAsync(id, request, Context(key))),
            () => _model.Enqueue(id, request, values, key),
            HasIdentity: true);
    }

    private Call Prepare(Poll poll, RunId id)
    {
        var attempt = AttemptOf(id, poll.AttemptBy);
        return new(async () => Answer.Of(await Host.Commands.NextAsync(id, attempt: attempt)), () => _model.Next(id, attempt));
    }

    private Call Prepare(Ack ack, RunId id)
    {
        var request = new Acknowledgement
        {
            Outcome = ack.Outcome,
            Applied = ack.Otherwise ? new Dictionary<string, double> { ["learning_rate"] = 0.9 } : null,
            Attempt = AttemptOf(id, ack.AttemptBy),
        };
        var (command, key) = (CommandOf(ack.Id), Key(ack.Key));
        return new(
            async () => Answer.Of(await Host.Commands.AcknowledgeAsync(id, command, request, Context(key))),
            () => _model.Acknowledge(id, command, request, key),
            HasIdentity: true);
    }

    private Call Prepare(Move move, RunId id)
    {
        var request = new TransitionRequest
        {
            To = move.To,
            Actor = move.ByPerson ? TestHost.Ada : Scheduler,
            Attempt = AttemptOf(id, move.AttemptBy),
            Final = move.StepBy is { } by ? new FinalReport { Step = Math.Max(0, (_model.Find(id)?.Step ?? 0) + by) } : null,
        };
        var key = Key(move.Key);
        return new(
            async () => Answer.Of(await Host.Runs.TransitionAsync(id, request, Context(key))),
            () => _model.Transition(id, request, key),
            HasIdentity: key is not null);
    }

    private Call Prepare(Claim claim)
    {
        var (worker, key) = ($"w{claim.Worker}", Key(claim.Key));
        return new(
            async () => Answer.OfClaim(await Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = worker }, Context(key))),
            () => _model.Claim(worker, key),
            HasIdentity: key is not null);
    }

    private Call Prepare(Restart restart, RunId id)
    {
        var request = new AttemptRequest
        {
            Actor = TestHost.Ada,
            ExpectedAttempt = AttemptOf(id, restart.ExpectedBy),
            WorkerId = restart.Worker is { } worker ? $"w{worker}" : null,
            ResumeFrom = restart.Step is { } step ? new ResumePoint(step, step) : null,
        };
        var key = Key(restart.Key);
        return new(
            async () => Answer.Of(await Host.Runs.StartAttemptAsync(id, request, Context(key))),
            () => _model.StartAttempt(id, request, key),
            HasIdentity: key is not null);
    }

    private int? AttemptOf(RunId run, int? by) => by is { } change ? (_model.Find(run)?.Attempt ?? 1) + change : null;

    private static Dictionary<string, double> Tunables(Enqueue enqueue)
    {
        var values = new Dictionary<string, double>();
        if ((enqueue.Tunables & 1) != 0)
        {
            values["learning_rate"] = (enqueue.Id + 1) / 100.0;
        }

        if ((enqueue.Tunables & 2) != 0)
        {
            values["entropy_coef"] = (enqueue.Id + 1) / 1000.0;
        }

        return values;
    }

    private static RunId Id(int run) => RunId.Parse($"run-{run}", null);

    private static CommandId CommandOf(int id) => CommandId.Parse($"command-{id}", null);

    private static string? Key(int? key) => key is { } number ? $"key-{number}" : null;

    private static CallContext? Context(string? key) => key is null ? null : new CallContext { IdempotencyKey = key };

    /// <summary>A request, ready to be sent to the engine and told to the model.</summary>
    private sealed record Call(Func<Task<Answer>> Engine, Func<Answer> Model, bool HasIdentity = false);
}

/// <summary>A call, its answer, and the run before and after it.</summary>
internal sealed record Step(Operation Operation, Run? Before, Answer Answer, Run? After);
