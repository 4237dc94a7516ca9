using System.Collections.Concurrent;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Faults.Proxy;

namespace Orchestrator.Storage.Faults;

/// <summary>Invariant 6, when every other commit of every host loses its reply.</summary>
/// <param name="server">The server.</param>
public abstract class ManyLostRepliesSuite(IFaultServer server)
{
    private const int Cuts = 1_000;
    private const int Runs = 3;
    private const int HostsOfRun = 4;
    private const int MostTries = 100;

    private static readonly Actor Ada = new(ActorType.Operator, "ada");

    private readonly ConcurrentDictionary<RunId, ConcurrentBag<CommandId>> _accepted = new();
    private readonly ConcurrentDictionary<RunId, long> _beats = new();
    private readonly ConcurrentBag<RunId> _created = [];
    private int _cuts;
    private int _unavailable;

    [Fact]
    public async Task Calls_whose_replies_are_lost_take_effect_once()
    {
        await using var space = server.NewSpace();
        var host = space.OpenHost();
        foreach (var run in Enumerable.Range(0, Runs).Select(RunOf))
        {
            _ = (await host.Runs.CreateAsync(NewRun(run))).Value;
            _ = (await host.Heartbeats.ReportAsync(run, Beat(run, 0))).Value;
        }

        await Task.WhenAll(Enumerable.Range(0, Runs * HostsOfRun).Select(n => Task.Run(() => WorkAsync(space, n))));

        TestContext.Current.TestOutputHelper?.WriteLine($"{_cuts} replies lost, {_unavailable} calls answered as unavailable and made again");
        Assert.InRange(_cuts, Scale.Of(Cuts), int.MaxValue);
        await CheckAsync(space.OpenStore());
    }

    /// <summary>Begins to follow a connection of a host, and cuts it instead of passing the answer to a commit, where that is to be.</summary>
    internal abstract IConversation Follow(Func<bool> isCut);

    private static RunId RunOf(int n) => RunId.Parse($"run-{n}");

    private static NewRun NewRun(RunId? id) => new() { Id = id, ExperimentId = ExperimentId.Parse("faults"), VersionId = VersionId.Parse("v1") };

    private static Heartbeat Beat(RunId run, long beat) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = beat,
        Beat = beat,
        SamplesPerSec = 1,
        Loss = 1,
        CheckpointVersion = 0,
    };

    /// <summary>Gives commands to a run that other hosts change, too; the first of its hosts beats as its worker.</summary>
    private async Task WorkAsync(FaultSpace space, int n)
    {
        var commits = 0;
        await using var proxy = new FaultProxy(server.Port, () => Follow(() => Interlocked.Increment(ref commits) % 2 == 0 && Interlocked.Increment(ref _cuts) > 0));
        var (host, run) = (space.OpenHost(proxy.Port), RunOf(n % Runs));
        for (var i = 1; Volatile.Read(ref _cuts) < Scale.Of(Cuts); i++)
        {
            await GiveAsync(host, run, $"host-{n}-{i}", hasId: i % 2 == 0);
            if (n < Runs)
            {
                _ = await DoAsync(() => host.Heartbeats.ReportAsync(run, Beat(run, i)));
                _beats[run] = i;
            }

            if (i % 5 == 0)
            {
                var key = new CallContext { IdempotencyKey = $"create-{n}-{i}" };
                _created.Add((await DoAsync(() => host.Runs.CreateAsync(NewRun(null), key))).Value.Id);
            }
        }
    }

    private async Task GiveAsync(IOrchestrator host, RunId run, string id, bool hasId)
    {
        var request = NewCommand.Tune(Ada, KeyValuePair.Create("learning_rate", 0.5)) with { Id = hasId ? CommandId.Parse(id) : null };
        var context = new CallContext { IdempotencyKey = hasId ? null : id };
        var command = (await DoAsync(() => host.Commands.EnqueueAsync(run, request, context))).Value.Id;
        _accepted.GetOrAdd(run, _ => []).Add(command);
        _ = await DoAsync(() => host.Commands.AcknowledgeAsync(run, command, new Acknowledgement { Outcome = AckOutcome.Rejected }));
    }

    /// <summary>Makes the same call until it is acknowledged.</summary>
    private async Task<T> DoAsync<T>(Func<ValueTask<Result<T>>> call)
    {
        for (var tries = 1; ; tries++)
        {
            if ((await call()).TryGet(out var value, out var refusal))
            {
                return value;
            }

            Assert.Equal(RefusalCode.StoreUnavailable, refusal.Code);
            Assert.InRange(tries, 1, MostTries);
            Interlocked.Increment(ref _unavailable);
        }
    }

    private async Task CheckAsync(IRunStore store)
    {
        var counts = await store.CountAsync(CancellationToken.None);
        Assert.Equal(Runs + _created.Count, counts.Sum(count => count.Count));
        Assert.Equal(_created.Count, _created.Distinct().Count());

        var feed = (await store.ReadWholeFeedAsync(limit: 1_000)).ToLookup(told => told.RunId);
        foreach (var run in _created.Concat(Enumerable.Range(0, Runs).Select(RunOf)))
        {
            var record = await RunRecord.ReadAsync(store, run);
            record.CheckPath();
            record.CheckEvents();
            record.CheckAudit();
            Assert.Equal(record.Events.Select(told => told.Sequence), feed[run].Select(told => told.Sequence));

            Assert.Equal(
                _accepted.GetValueOrDefault(run, []).Select(command => command.Value).Order(StringComparer.Ordinal),
                record.Commands.Select(command => command.Id.Value).Order(StringComparer.Ordinal));
            Assert.Equal(Enumerable.Range(1, record.Commands.Count).Select(n => (long)n), record.Commands.Select(command => command.Sequence));
            Assert.All(record.Commands, command => Assert.Equal(CommandStatus.Rejected, command.Status));
            if (_beats.TryGetValue(run, out var beats))
            {
                Assert.Equal((beats + 1, beats), (record.View.Progress.Heartbeats, record.View.Progress.CurrentStep));
            }
        }
    }
}
