using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Commits;

/// <summary>A change is acknowledged when so many replicas have it.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public async Task A_change_that_a_replica_has_is_committed()
    {
        await using var space = await new RedisStores(Server.Cluster, options => options.WaitForReplicas = 1).CreateAsync();
        var store = await space.OpenAsync();

        var result = await store.CommitAsync(Creation(Head("r1"), key: "k1").Telling(1));

        Assert.Equal(CommitVerdict.Committed, result.Verdict);
    }

    [Fact]
    public async Task Of_a_change_that_too_few_replicas_have_it_is_unknown_what_becomes()
    {
        await using var space = await new RedisStores(Server.Node, options => options.WaitForReplicas = 1).CreateAsync();
        var store = await space.OpenAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Creation(Head("r1"))));

        Assert.Equal(1, (await store.LoadAsync("r1"))!.Head.Revision);
    }

    [Fact]
    public async Task Heartbeats_and_reads_do_not_wait_with_it()
    {
        await using var space = await new RedisStores(Server.Node, options => options.WaitForReplicas = 1).CreateAsync();
        var store = await space.OpenAsync();
        var head = Head("r1");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Creation(head)));

        await using var onlooker = await ConnectionMultiplexer.ConnectAsync(Server.Node + ",allowAdmin=true");
        var waiting = Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Creation(Head("r2"))));
        await Eventually.HoldsAsync("the server waits", async () => (await onlooker.GetServers()[0].InfoRawAsync("clients"))!.Contains("blocked_clients:1", StringComparison.Ordinal));
        Assert.Equal(CommitVerdict.Committed, (await store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1)))).Verdict);
        Assert.NotNull(await store.LoadAsync("r1"));
        Assert.False(waiting.IsCompleted);
        await waiting;
    }
}
