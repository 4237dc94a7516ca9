using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Proxy;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Tests.Faults.Proxy;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>While a host drops a run, its id and its idempotency key are used again.</summary>
[Collection(OwnServer.Name)]
public sealed class PurgeRaceTests : IAsyncLifetime
{
    private readonly FaultSpace _space;
    private readonly FaultProxy _proxy;
    private readonly IRunStore _store;
    private readonly IRunStore _other;
    private Func<RedisCall, Task>? _onAnswer;

    public PurgeRaceTests(RedisNode node)
    {
        _space = node.NewSpace();
        _proxy = new FaultProxy(node.Port, () => new RedisConversation(async call =>
        {
            await (_onAnswer?.Invoke(call) ?? Task.CompletedTask);
            return false;
        }));
        (_store, _other) = (_space.OpenStore(_proxy.Port), _space.OpenStore());
    }

    public async ValueTask InitializeAsync() => await _store.GetTimeAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _space.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData("HKEYS", 0)]
    [InlineData("GET", 0)]
    [InlineData("purge", 1)]
    public async Task The_run_that_has_the_id_by_then_keeps_its_key(string after, int dropped)
    {
        await _other.StoreAsync(Creation(Head("run").Ended(Start), key: "key"));
        RunHead? head = null;
        _onAnswer = async call =>
        {
            if (head is null && !call.IsError && (call.Name == after || (after == "purge" && call.IsOf(Script.Purge))))
            {
                head = Head("run");
                Assert.Equal(1 - dropped, await _other.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
                await _other.StoreAsync(Creation(head, key: "key"));
            }
        };

        Assert.Equal(dropped, await _store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));

        Assert.Equal(head!.CommitId, (await _other.LoadAsync("run", key: "key"))!.Head.CommitId);
        Assert.Equal(Id("run"), await _other.FindByKeyAsync("key", CancellationToken.None));
        Assert.Equal(CommitVerdict.Duplicate, (await _other.CommitAsync(Creation(Head("another"), key: "key"))).Verdict);
    }

    [Fact]
    public async Task A_grant_of_the_run_before_is_not_used_by_the_run_that_has_the_id_by_then()
    {
        // The run has the key from the beginning of its creation, which is written only when the run before is dropped.
        var head = Head("run");
        var isDropped = false;
        _onAnswer = async call =>
        {
            if (!isDropped && !call.IsError && call.IsOf(Script.Reserve))
            {
                isDropped = true;
                await _other.StoreAsync(Creation(Head("run").Ended(Start), key: "key"));
                Assert.Equal(1, await _other.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
            }
        };

        await _store.StoreAsync(Creation(head, key: "key"));

        Assert.True(isDropped);
        Assert.Equal(Id("run"), await _other.FindByKeyAsync("key", CancellationToken.None));
        Assert.Equal(CommitVerdict.Duplicate, (await _other.CommitAsync(Creation(Head("another"), key: "key"))).Verdict);
    }
}
