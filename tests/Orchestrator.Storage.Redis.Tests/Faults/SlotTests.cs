using Orchestrator.Storage.Faults.Load;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnCluster.Name)]
public sealed class SlotTests(RedisCluster cluster)
{
    private const int Rounds = 6;

    // Of 64 slots, one has a shard.
    private const int Slots = 500;

    [Fact]
    public async Task Answers_stay_right_while_slots_move_from_master_to_master_under_load()
    {
        await using var space = cluster.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        using var load = new FleetLoad(fleet);
        var masters = await cluster.MastersAsync();
        for (var round = 0; round < Rounds; round++)
        {
            await load.GoOnAsync();
            await RedisCluster.MoveSlotsAsync(masters[round % masters.Count], masters[(round + 1) % masters.Count], Slots);
        }

        await load.GoOnAsync();
        await load.EndAsync();

        await LedgerCheck.RunAsync(load.Ledger, fleet, space.OpenStore());
    }
}
