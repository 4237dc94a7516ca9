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

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly Model _model = new();
    private readonly List<Action<Model>> _past = [];

    public Simulation()
    {
        Host = NewHost(new InMemoryRunStore(_time));

        // From now on signs of life could be noticed.
        Host.SweepAsync().GetAwaiter().GetResult();
    }

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

    /// <summary>What these operations come to now.</summary>
    public Request[] Prepare(IEnumerable<Operation> operations) => [.. operations.Select(operation => Request.Of(operation, _model))];

    /// <summary>Another model, to which everything that happened so far was told.</summary>
    public Model Replay()
    {
        var model = new Model();
        _past.ForEach(tell => tell(model));
        return model;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    public void Advance(TimeSpan time)
    {
        _time.Advance(time);
        Tell(Now(_time.GetUtcNow()));
    }

    private static Action<Model> Now(DateTimeOffset now) => model => model.Now = now;

    private void Tell(Action<Model> what)
    {
        what(_model);
        _past.Add(what);
    }

    private TestHost NewHost(InMemoryRunStore store)
    {
        Tell(Now(_time.GetUtcNow()));
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
                Tell(model => model.Sweep());
                break;
            case Reboot:
                await Host.DisposeAsync();
                Host = NewHost((InMemoryRunStore)Host.Store);
                break;
            default:
                await CallAsync(operation, Request.Of(operation, _model));
                break;
        }
    }

    private async Task CallAsync(Operation operation, Request request)
    {
        var before = await SeeAsync(request.About);
        var answer = await request.Send(Host);
        var told = request.Tell(_model);
        _past.Add(model => request.Tell(model));
        Assert.True(told == answer, $"{operation}\nmust answer {told}\nand answered {answer}");
        var subject = request.About ?? answer.Run?.Id;
        var after = await SeeAsync(subject);
        Assert.Equal(subject is { } id ? _model.Find(id)?.Facts() : null, after is null ? null : RunFacts.Of(after));
        Observe?.Invoke(new Step(operation, before, answer, after));
        if (Repeats && request.HasIdentity && answer.Refused is null)
        {
            var repeated = await request.Send(Host);
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
}

/// <summary>A call, its answer, and the run before and after it.</summary>
internal sealed record Step(Operation Operation, Run? Before, Answer Answer, Run? After);
