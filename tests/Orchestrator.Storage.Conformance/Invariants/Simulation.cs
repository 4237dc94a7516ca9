using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using static Orchestrator.Storage.Conformance.Invariants.Operation;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>Does what it is told to an engine and to the model, and holds each answer and the run after it against the model.</summary>
internal sealed class Simulation : IAsyncDisposable
{
    public const int MaxPending = 4;
    public static readonly TimeSpan TerminateGrace = TimeSpan.FromSeconds(120);
    public static readonly TimeSpan TerminateLimit = TimeSpan.FromSeconds(900);
    public static readonly TimeSpan StartTimeout = Quiet.Options().Health.StartTimeout;
    public static readonly TimeSpan RedeliveryTimeout = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly Model _model = new();
    private readonly List<Action<Model>> _past = [];

    private readonly List<Engine> _others = [];
    private readonly IStoreSpace _space;

    private Simulation(IStoreSpace space) => _space = space;

    public Engine Engine { get; private set; } = null!;

    public IRunStore Store { get; private set; } = null!;

    public DateTimeOffset Now => _time.GetUtcNow();

    public IReadOnlyList<ModelRun> Runs => _model.Runs;

    /// <summary>Told of each call that is about a run, with what it answered and changed.</summary>
    public Action<Step>? Observe { get; init; }

    /// <summary>Whether each call is sent a second time, at once, as a client does that lost the answer.</summary>
    public bool Repeats { get; init; }

    /// <summary>Begins with an engine over a store that holds nothing.</summary>
    public static async Task<Simulation> StartAsync(IStoreFactory stores, Action<Step>? observe = null, bool repeats = false)
    {
        var simulation = new Simulation(await stores.CreateAsync()) { Observe = observe, Repeats = repeats };
        await simulation.BootAsync();

        // From now on signs of life could be noticed.
        await simulation.Engine.Sweeper.SweepAsync(CancellationToken.None);
        return simulation;
    }

    /// <summary>One more host over the same data.</summary>
    public async Task<Engine> OpenAnotherAsync()
    {
        _others.Add(NewEngine(await OpenStoreAsync()));
        return _others[^1];
    }

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

    /// <summary>What these operations come to now.</summary>
    public Request[] Prepare(IEnumerable<Operation> operations) => [.. operations.Select(operation => Request.Of(operation, _model))];

    /// <summary>Another model, to which everything that happened so far was told.</summary>
    public Model Replay()
    {
        var model = new Model();
        _past.ForEach(tell => tell(model));
        return model;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _others.Append(Engine))
        {
            await engine.DisposeAsync();
        }

        await _space.DisposeAsync();
    }

    public void Advance(TimeSpan time)
    {
        _time.Advance(time);
        Tell(Passing(Now));
    }

    /// <summary>Lets the model expire what has not been delivered in time.</summary>
    public void Expire(ModelRun run) => Tell(model => model.Expire(model.Find(run.Id)!));

    private static Action<Model> Passing(DateTimeOffset now) => model => model.Now = now;

    private void Tell(Action<Model> what)
    {
        what(_model);
        _past.Add(what);
    }

    private async Task BootAsync()
    {
        Tell(Passing(Now));
        Store = await OpenStoreAsync();
        Engine = NewEngine(Store);
    }

    private async Task<IRunStore> OpenStoreAsync() => new ClockedStore(await _space.OpenAsync(), _time);

    private Engine NewEngine(IRunStore store)
    {
        var options = Quiet.Options();
        options.Commands.MaxPending = MaxPending;
        return new Engine(store, options, _time, NullLoggerFactory.Instance);
    }

    private async Task DoAsync(Operation operation)
    {
        switch (operation)
        {
            case Wait wait:
                Advance(TimeSpan.FromSeconds(wait.Seconds));
                break;
            case Sweep:
                await Engine.Sweeper.SweepAsync(CancellationToken.None);
                Tell(model => model.Sweep());
                break;
            case Reboot:
                await Engine.DisposeAsync();
                await BootAsync();
                break;
            default:
                await CallAsync(operation, Request.Of(operation, _model));
                break;
        }
    }

    private async Task CallAsync(Operation operation, Request request)
    {
        var before = await SeeAsync(request.About);
        var answer = await request.Send(Engine);
        var told = request.Tell(_model);
        _past.Add(model => request.Tell(model));
        Assert.True(told == answer, $"{operation}\nmust answer {told}\nand answered {answer}");
        var subject = request.About ?? answer.Run?.Id;
        var after = await SeeAsync(subject);
        Assert.Equal(subject is { } id ? _model.Find(id)?.Facts() : null, after is null ? null : RunFacts.Of(after));
        Observe?.Invoke(new Step(operation, before, answer, after));
        if (Repeats && request.HasIdentity && answer.Refused is null)
        {
            var repeated = await request.Send(Engine);
            Assert.Null(repeated.Refused);
            Assert.NotEqual(Effect.Done, repeated.Effect);
            Assert.Equal(answer.Run, repeated.Run);
            Assert.Equal(answer.Command, repeated.Command);
            Assert.Equal(after?.Revision, (await SeeAsync(subject))?.Revision);
        }
    }

    private async Task<Run?> SeeAsync(RunId? id) =>
        id is { } run && (await Engine.Runs.GetAsync(run)).TryGet(out var found, out _) ? found : null;

    private async Task CompareAsync(ModelRun run)
    {
        Assert.Equal(run.Facts(), RunFacts.Of((await Engine.Runs.GetAsync(run.Id)).Value));
        Assert.Equal(run.Commands.Select(command => command.Facts()), (await Engine.Commands.ListAsync(run.Id)).Value.Items.Select(CommandFacts.Of));
        Assert.Equal(run.Path, (await Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items.Select(step => (step.From, step.To, step.Attempt)));
    }
}

/// <summary>A call, its answer, and the run before and after it.</summary>
internal sealed record Step(Operation Operation, Run? Before, Answer Answer, Run? After);
