using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Postgres.Tests.Faults.Proxy;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

/// <summary>What a store answers when a connection is lost at the worst moment.</summary>
[Collection(OwnServer.Name)]
public sealed class LostReplyTests : IAsyncLifetime
{
    private readonly FaultSpace _space;
    private readonly FaultProxy _proxy;
    private readonly IRunStore _store;
    private readonly IRunStore _other;
    private Func<PostgresAnswer, ValueTask<bool>>? _isCut;

    public LostReplyTests(PostgresCluster cluster)
    {
        _space = cluster.NewSpace();
        _proxy = new FaultProxy(cluster.Port, () => new PostgresConversation(answer => _isCut?.Invoke(answer) ?? new(false)));
        (_store, _other) = (_space.OpenStore(_proxy.Port), _space.OpenStore());
    }

    public async ValueTask InitializeAsync() => await _store.GetTimeAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _space.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_creation_whose_reply_is_lost_is_answered_as_committed()
    {
        CutOnce(answer => answer.IsOfCommit);

        var result = await _store.CommitAsync(Creation(Head("r1"), key: "k1").Telling(1));

        Assert.Equal(CommitVerdict.Committed, result.Verdict);
        Assert.Equal(1, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Equal(Id("r1"), await _other.FindByKeyAsync("k1", CancellationToken.None));
        Assert.Single(await _other.ReadWholeFeedAsync());
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_batch_whose_reply_is_lost_is_answered_with_its_verdicts()
    {
        var (changed, beaten, raced) = (Head("r1"), Head("r2"), Head("r3"));
        await _other.StoreAsync([Creation(changed), Creation(beaten), Creation(raced)]);
        await _other.StoreAsync(Changing(raced));
        CutOnce(answer => answer.IsOfCommit);

        var results = await _store.CommitAsync([Changing(changed).Telling(1), Beating(beaten, Beat(beaten.Id, 5, Start)), Changing(raced), Creation(Head("r4"))]);

        Assert.Equal([CommitVerdict.Committed, CommitVerdict.Committed, CommitVerdict.Conflict, CommitVerdict.Committed], results.Select(result => result.Verdict));
        Assert.Equal(5, results[1].Progress!.CurrentStep);
        Assert.Equal(2, results[2].Current!.Head.Revision);
        Assert.Equal(5, (await _other.LoadAsync("r2"))!.Progress.CurrentStep);
        Assert.Single(await _other.ReadWholeFeedAsync());
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_change_whose_reply_is_lost_is_answered_as_committed_although_the_run_beats_on()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        var changing = Changing(head);
        CutOnce(answer => answer.IsOfCommit, async () =>
            Assert.Equal(CommitVerdict.Committed, (await _other.CommitAsync(Beating(changing.Change!.Head, Beat(head.Id, 5, Start)))).Verdict));

        Assert.Equal(CommitVerdict.Committed, (await _store.CommitAsync(changing)).Verdict);

        Assert.Equal(2, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_change_whose_reply_is_lost_is_unavailable_when_others_have_gone_on_since()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        var changing = Changing(head);
        CutOnce(answer => answer.IsOfCommit, () => _other.StoreAsync(Changing(changing.Change!.Head)));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.CommitAsync(changing));

        Assert.Equal(3, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_change_that_was_not_sent_yet_when_the_connection_was_lost_is_stored_once()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        CutOnce(answer => answer.IsOfBegin);

        Assert.Equal(CommitVerdict.Committed, (await _store.CommitAsync(Changing(head).Telling(1))).Verdict);

        Assert.Equal(2, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Single(await _other.ReadWholeFeedAsync());
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_change_that_was_not_sent_yet_when_the_connection_was_lost_is_a_conflict_when_others_were_faster()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        await _other.StoreAsync(Changing(head));
        CutOnce(answer => answer.IsOfBegin);

        var result = await _store.CommitAsync(Changing(head));

        Assert.Equal(CommitVerdict.Conflict, result.Verdict);
        Assert.Equal(2, result.Current!.Head.Revision);
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task Heartbeats_whose_reply_is_lost_are_unavailable_and_stored_once()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        var beating = Beating(head, Beat(head.Id, 5, Start, beat: 1));
        CutOnce(answer => answer.IsOfCommit);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.CommitAsync(beating));
        var again = await _store.CommitAsync(beating);

        Assert.Equal(CommitVerdict.Conflict, again.Verdict);
        Assert.Equal((1, 5), (again.Current!.Progress.Heartbeats, again.Current.Progress.CurrentStep));
        Assert.Equal(1, _proxy.Cuts);
    }

    /// <summary>Cuts the next answer of this kind, after something else has happened.</summary>
    private void CutOnce(Func<PostgresAnswer, bool> isMeant, Func<Task>? before = null) => _isCut = async answer =>
    {
        if (_proxy.Cuts > 0 || !isMeant(answer))
        {
            return false;
        }

        await (before?.Invoke() ?? Task.CompletedTask);
        return true;
    };
}
