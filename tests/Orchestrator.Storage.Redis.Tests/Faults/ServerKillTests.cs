using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ServerKillTests(RedisNode node)
{
    private const int Rounds = 5;

    [Fact]
    public Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_the_server_is_killed_under_load() =>
        KillRounds.OfServerAsync(node, node.KillAsync, Rounds);
}
