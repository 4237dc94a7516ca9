using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Faults.Load;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class ScriptFlushTests(RedisNode node)
{
    private const int Rounds = 100;

    [Fact]
    public async Task No_call_fails_while_the_server_loses_its_scripts_again_and_again()
    {
        await using var space = node.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        using var load = new FleetLoad(fleet);
        for (var round = 0; round < Scale.Of(Rounds); round++)
        {
            await load.GoOnAsync(calls: 10);
            await node.DoAsync("SCRIPT", "FLUSH");
        }

        await load.EndAsync();

        Assert.Equal(0, fleet.Refused);
        await LedgerCheck.RunAsync(load.Ledger, fleet, space.OpenStore());
    }
}
