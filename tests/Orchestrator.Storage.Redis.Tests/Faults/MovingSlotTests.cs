using System.Globalization;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>The one slot that all runs lie in moves from master to master, and the move takes its time.</summary>
[Collection(OwnCluster.Name)]
public sealed class MovingSlotTests(RedisCluster cluster)
{
    private const int Runs = 300;
    private const int KeysInStep = 200;

    [Fact]
    public async Task A_shard_that_moves_is_refused_and_whole_afterwards()
    {
        await using var space = new RedisFaultSpace(cluster.Configuration, options => options.Shards = 1);
        var store = space.OpenStore();
        var heads = Enumerable.Range(0, Runs).Select(n => Head($"r{n}")).ToList();
        await store.StoreAsync(heads.Select(head => Creation(head, key: $"k:{head.Id}").Telling(1)));
        var (from, to, slot) = await FindAsync();

        await to.DoAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", await from.TellAsync("CLUSTER", "MYID"));
        await from.DoAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", await to.TellAsync("CLUSTER", "MYID"));
        await RefusedAsync(store, heads[0]);
        await MoveAsync(from, to, slot);
        await RefusedAsync(store, heads[0]);
        while (await MoveAsync(from, to, slot))
        {
        }

        await RefusedAsync(store, heads[0]);
        var owner = await to.TellAsync("CLUSTER", "MYID");
        await to.DoAsync("CLUSTER", "SETSLOT", slot, "NODE", owner);
        foreach (var master in await cluster.MastersAsync())
        {
            await master.DoAsync("CLUSTER", "SETSLOT", slot, "NODE", owner);
        }

        await Eventually.HoldsAsync("the shard is served again", async () => await IsServedAsync(store));
        Assert.Equal(Runs, (await store.ListAsync(new RunFilter())).Count);
        Assert.Equal(Runs, (await store.CountAsync(CancellationToken.None)).Sum(count => count.Count));
        Assert.Equal(Runs, (await store.ReadWholeFeedAsync()).Count);
        Assert.All(await store.CommitAsync([.. heads.Select(head => Creation(head))]), result => Assert.Equal(CommitVerdict.Conflict, result.Verdict));
        await store.StoreAsync(heads.Select(head => Changing(head).Telling(2)));
    }

    private async Task<(RedisNode From, RedisNode To, string Slot)> FindAsync()
    {
        var masters = await cluster.MastersAsync();
        var slot = await masters[0].TellAsync("CLUSTER", "KEYSLOT", "{0}");
        foreach (var master in masters)
        {
            if (await master.TellAsync("CLUSTER", "COUNTKEYSINSLOT", slot) != "0")
            {
                return (master, masters.First(other => other != master), slot);
            }
        }

        throw new InvalidOperationException("no master has the runs");
    }

    private static async Task<bool> MoveAsync(RedisNode from, RedisNode to, string slot)
    {
        var keys = (await from.TellAsync("CLUSTER", "GETKEYSINSLOT", slot, KeysInStep.ToString(CultureInfo.InvariantCulture)))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (keys.Length == 0)
        {
            return false;
        }

        await from.DoAsync(["MIGRATE", "127.0.0.1", to.Port.ToString(CultureInfo.InvariantCulture), "", "0", "5000", "KEYS", .. keys]);
        return true;
    }

    private static async Task RefusedAsync(IRunStore store, RunHead head)
    {
        var calls = new Func<Task>[]
        {
            () => store.CommitAsync(Creation(head)),
            () => store.CommitAsync(Creation(Head("new"))),
            () => store.CommitAsync(Changing(head)),
            () => store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1))),
            () => store.LoadAsync(head.Id.Value),
            () => store.ListAsync(new RunFilter()),
            async () => await store.TryWriteNoteAsync("n1", "one", 0, null),
        };
        await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<StoreUnavailableException>(call)));
    }

    private static async Task<bool> IsServedAsync(IRunStore store)
    {
        try
        {
            return await store.LoadAsync("r0") is not null;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
