using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Tests.Faults.Proxy;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>What a store answers when a connection is lost after Redis did what it was told.</summary>
[Collection(OwnServer.Name)]
public sealed class LostReplyTests : IAsyncLifetime
{
    private readonly FaultSpace _space;
    private readonly FaultProxy _proxy;
    private readonly IRunStore _store;
    private readonly IRunStore _other;
    private Func<RedisCall, ValueTask<bool>>? _isCut;

    public LostReplyTests(RedisNode node)
    {
        _space = node.NewSpace();
        _proxy = new FaultProxy(node.Port, () => new RedisConversation(call => _isCut?.Invoke(call) ?? new(false)));
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
        CutOnce(Script.Changes);

        var result = await _store.CommitAsync(Creation(Head("r1"), key: "k1").Telling(1));

        Assert.Equal(CommitVerdict.Committed, result.Verdict);
        Assert.Equal(1, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Equal(Id("r1"), await _other.FindByKeyAsync("k1", CancellationToken.None));
        Assert.Single(await _other.ReadWholeFeedAsync());
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_creation_whose_grant_of_a_key_is_lost_is_stored_once()
    {
        CutOnce(Script.Reserve);

        await _store.StoreAsync(Creation(Head("r1"), key: "k1"));

        Assert.Equal(CommitVerdict.Duplicate, (await _other.CommitAsync(Creation(Head("r2"), key: "k1"))).Verdict);
        Assert.Equal("r1", Assert.Single(await _other.ListAsync(new RunFilter())).Head.Id.Value);
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_batch_whose_changes_get_no_reply_is_answered_with_what_is_certain()
    {
        var (changed, raced) = (Head("r1"), Head("r2"));
        await _other.StoreAsync([Creation(changed), Creation(raced)]);
        await _other.StoreAsync(Changing(raced));
        CutOnce(Script.Changes);

        var results = await _store.CommitAsync([Changing(changed).Telling(1), Changing(raced), Creation(Head("r3"))]);

        Assert.Equal([CommitVerdict.Committed, CommitVerdict.Unknown, CommitVerdict.Committed], results.Select(result => result.Verdict));
        Assert.Equal(2, (await _other.LoadAsync("r2"))!.Head.Revision);
        Assert.Single(await _other.ReadWholeFeedAsync());
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task Heartbeats_of_a_batch_that_get_no_reply_are_unknown_and_leave_its_changes()
    {
        var (changed, beaten) = (Head("r1"), Head("r2"));
        await _other.StoreAsync([Creation(changed), Creation(beaten)]);
        CutOnce(Script.Heartbeats);

        var results = await _store.CommitAsync([Changing(changed), Beating(beaten, Beat(beaten.Id, 5, Start, beat: 1))]);

        Assert.Equal([CommitVerdict.Committed, CommitVerdict.Unknown], results.Select(result => result.Verdict));
        Assert.Equal((1, 5), await ProgressAsync("r2"));
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_change_whose_reply_is_lost_is_answered_as_committed_although_the_run_beats_on()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        var changing = Changing(head);
        CutOnce(Script.Changes, async () =>
            Assert.Equal(CommitVerdict.Committed, (await _other.CommitAsync(Beating(changing.Change!.Head, Beat(head.Id, 5, Start)))).Verdict));

        Assert.Equal(CommitVerdict.Committed, (await _store.CommitAsync(changing)).Verdict);

        Assert.Equal(2, (await _other.LoadAsync("r1"))!.Head.Revision);
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task Heartbeats_whose_reply_is_lost_are_unavailable_and_stored_once()
    {
        var head = await _other.StoreAsync(Creation(Head("r1")));
        var beating = Beating(head, Beat(head.Id, 5, Start, beat: 1));
        CutOnce(Script.Heartbeats);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.CommitAsync(beating));
        var again = await UntilAnsweredAsync(() => _store.CommitAsync(beating));

        Assert.Equal(CommitVerdict.Conflict, again.Verdict);
        Assert.Equal((1, 5), await ProgressAsync("r1"));
        Assert.Equal(1, _proxy.Cuts);
    }

    [Fact]
    public async Task A_note_whose_reply_is_lost_is_unavailable_and_written_once()
    {
        CutOnce(Script.Note);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.TryWriteNoteAsync("n1", "one", 0, null));

        Assert.Equal(new Note("n1", "one", 1), await _other.ReadNoteAsync("n1", CancellationToken.None));
        Assert.False(await UntilAnsweredAsync(async () => await _store.TryWriteNoteAsync("n1", "two", 0, null)));
        Assert.Equal(1, _proxy.Cuts);
    }

    private async Task<(long, long)> ProgressAsync(string run) =>
        (await _other.LoadAsync(run))!.Progress is var progress ? (progress.Heartbeats, progress.CurrentStep) : default;

    private static async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> call)
    {
        var answer = default(T);
        await Eventually.HoldsAsync("the store is connected again", async () =>
        {
            try
            {
                answer = await call();
                return true;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
        return answer!;
    }

    /// <summary>Cuts the next answer to this script, after something else has happened.</summary>
    private void CutOnce(Script script, Func<Task>? before = null) => _isCut = async call =>
    {
        if (_proxy.Cuts > 0 || call.IsError || !call.IsOf(script))
        {
            return false;
        }

        await (before?.Invoke() ?? Task.CompletedTask);
        return true;
    };
}
