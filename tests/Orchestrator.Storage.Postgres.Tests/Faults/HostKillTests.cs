using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Postgres.Tests.Faults.Load;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class HostKillTests(PostgresCluster cluster)
{
    /// <summary>Invariant 1: an acknowledged write is never lost by a crash of a host.</summary>
    [Theory]
    [InlineData(2, 10)]
    [InlineData(3, 10)]
    public async Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_hosts_are_killed_under_load(int hosts, int rounds)
    {
        await using var space = new FaultSpace(cluster);
        await using var fleet = await space.StartHostsAsync(hosts);
        using var load = new FleetLoad(fleet);
        for (var round = 0; round < Scale.Of(rounds); round++)
        {
            await load.GoOnAsync();
            await fleet.KillAsync(round % hosts);
            await load.GoOnAsync();
            await fleet.StartAsync(round % hosts);
        }

        await load.EndAsync();

        await LedgerCheck.RunAsync(load.Ledger, fleet, space.OpenStore());
    }
}
