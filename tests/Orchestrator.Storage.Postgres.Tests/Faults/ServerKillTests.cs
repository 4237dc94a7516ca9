using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Postgres.Tests.Faults.Load;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ServerKillTests(PostgresCluster cluster)
{
    private const int Rounds = 5;

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_the_server_is_killed_under_load() => RunAsync(cluster.KillAsync);

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_the_server_is_stopped_at_once_under_load() => RunAsync(cluster.StopAtOnceAsync);

    private async Task RunAsync(Func<Task> stop)
    {
        await using var space = new FaultSpace(cluster);
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        using var load = new FleetLoad(fleet);
        for (var round = 0; round < Scale.Of(Rounds); round++)
        {
            await load.GoOnAsync();
            var refused = fleet.Refused;
            await stop();
            await Eventually.HoldsAsync("calls are refused", () => fleet.Refused > refused);
            await cluster.StartAsync();
        }

        await load.GoOnAsync();
        await load.EndAsync();

        await LedgerCheck.RunAsync(load.Ledger, fleet, space.OpenStore());
    }
}
