using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>What a worker does at each moment, in the words of the table.</summary>
internal static class GatewayCells
{
    private const string Repeats = "`repeats`";

    /// <summary>Meets the behaviour while a run is claimed, and at an end for longer than the worker reports it.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ClaimAndLoseTheEndAsync(ServerProcess server, GatewayBehaviour behaviour, string client)
    {
        await using var worker = await GatewayWorker.CreateAsync(server, behaviour);
        var claims = worker.Misbehave(Moments.Claim, behaviour.Times);

        var hasRaised = await worker.TrainAsync(client, secondsForTheEnd: "1.5");

        Assert.Equal(behaviour.Times, claims.Hits);
        worker.Misbehave(Moments.EndForever, int.MaxValue);
        var (outcome, _, run, exitCode) = await worker.FinishAsync();
        return new Dictionary<string, string>
        {
            [Moments.Claim] = hasRaised ? "`raises`" : Repeats,
            [Moments.EndForever] = $"`{outcome}`, exit {exitCode}; `{run["state"]}`",
        };
    }

    /// <summary>Meets the behaviour while the worker trains, and at its first reports of the end.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> TrainAndEndAsync(ServerProcess server, GatewayBehaviour behaviour, string client)
    {
        await using var worker = await GatewayWorker.CreateAsync(server, behaviour);
        Assert.False(await worker.TrainAsync(client, secondsForTheEnd: "60"));
        string[] beside = [.. Moments.Of(client).Intersect([Moments.Heartbeat, Moments.Poll])];

        // The acknowledgement first: afterwards the waits of all calls pass at the same time.
        var acknowledgements = worker.Misbehave(Moments.Acknowledgement, behaviour.Times);
        var first = await worker.TuneAsync();
        await GatewayWorker.UntilMetAsync(acknowledgements, times: 1);
        var faults = beside.Select(moment => worker.Misbehave(moment, behaviour.Times)).Append(acknowledgements).ToList();
        foreach (var fault in faults)
        {
            await GatewayWorker.UntilMetAsync(fault, behaviour.Times);
        }

        await worker.UntilAppliedAsync(first);
        await worker.UntilAppliedAsync(await worker.TuneAsync());
        await worker.UntilFurtherAsync();

        var ends = worker.Misbehave(Moments.End, behaviour.Times);
        var (outcome, tunes, run, exitCode) = await worker.FinishAsync();
        Assert.Equal((behaviour.Times, 2), (ends.Hits, tunes));
        Assert.Equal(("completed", "completed", 0), (outcome, (string?)run["state"], exitCode));
        return beside.Concat([Moments.Acknowledgement, Moments.End]).ToDictionary(moment => moment, _ => Repeats);
    }
}
