using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class HostKillTests(RedisNode node)
{
    private const int Rounds = 20;

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_one_of_two_hosts_is_killed_under_load() =>
        KillRounds.OfHostsAsync(node, hosts: 2, Rounds);
}
