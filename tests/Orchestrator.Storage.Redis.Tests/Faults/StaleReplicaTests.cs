using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>A master and its replica, without a cluster: what the replica has may be old, so it is not asked.</summary>
[Collection(OwnServer.Name)]
public sealed class StaleReplicaTests
{
    [Fact]
    public async Task Nothing_is_read_from_a_replica_while_its_master_is_away()
    {
        await using var master = new RedisNode();
        await using var replica = new RedisNode();
        await Task.WhenAll(master.StartAsync(), replica.StartAsync());
        await replica.DoAsync("REPLICAOF", "127.0.0.1", master.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await using var space = new RedisFaultSpace($"{master.Configuration},{replica.Configuration}");
        var store = space.OpenStore();
        await store.StoreAsync(Creation(Head("r1"), key: "k1"));
        await Eventually.HoldsAsync("the replica follows", async () => (await replica.TellAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal));

        await master.KillAsync();

        var reads = new Func<Task>[]
        {
            () => store.LoadAsync("r1"),
            () => store.ListAsync(new RunFilter()),
            async () => await store.FindByKeyAsync("k1", CancellationToken.None),
            async () => await store.ReadNoteAsync("n1", CancellationToken.None),
            async () => await store.ReadCommandsAsync(Id("r1"), 0, 10, CancellationToken.None),
            async () => await store.ReadTransitionsAsync(Id("r1"), 0, 10, CancellationToken.None),
            async () => await store.GetTimeAsync(CancellationToken.None),
        };
        await Task.WhenAll(reads.Select(read => Assert.ThrowsAsync<StoreUnavailableException>(read)));
    }
}
