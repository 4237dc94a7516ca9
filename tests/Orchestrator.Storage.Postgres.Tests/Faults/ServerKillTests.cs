using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ServerKillTests(PostgresCluster cluster)
{
    private const int Rounds = 5;

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_the_server_is_killed_under_load() =>
        KillRounds.OfServerAsync(cluster, cluster.KillAsync, Rounds);

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_the_server_is_stopped_at_once_under_load() =>
        KillRounds.OfServerAsync(cluster, cluster.StopAtOnceAsync, Rounds);
}
