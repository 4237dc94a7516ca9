using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Faults.Load;

namespace Orchestrator.Storage.Faults;

/// <summary>Invariant 1, round after round: what was acknowledged is neither lost nor doubled nor reordered, whatever ends under load.</summary>
internal static class KillRounds
{
    /// <summary>Kills one host after another, and starts it again.</summary>
    public static async Task OfHostsAsync(IFaultServer server, int hosts, int rounds)
    {
        await using var space = server.NewSpace();
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

    /// <summary>Ends the server, and starts it again when calls were refused.</summary>
    public static async Task OfServerAsync(IFaultServer server, Func<Task> end, int rounds)
    {
        await using var space = server.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        using var load = new FleetLoad(fleet);
        for (var round = 0; round < Scale.Of(rounds); round++)
        {
            await load.GoOnAsync();
            var refused = fleet.Refused;
            await end();
            await Eventually.HoldsAsync("calls are refused", () => fleet.Refused > refused);
            await server.StartAsync();
        }

        await load.GoOnAsync();
        await load.EndAsync();

        await LedgerCheck.RunAsync(load.Ledger, fleet, space.OpenStore());
    }
}
