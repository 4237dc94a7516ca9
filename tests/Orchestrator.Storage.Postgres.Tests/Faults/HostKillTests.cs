using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class HostKillTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(2, 10)]
    [InlineData(3, 10)]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_hosts_are_killed_under_load(int hosts, int rounds) =>
        KillRounds.OfHostsAsync(cluster, hosts, rounds);
}
