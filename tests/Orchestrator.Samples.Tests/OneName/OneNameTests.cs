using System.Globalization;
using Orchestrator.Samples.Tests.Server;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Samples.Tests.OneName;

/// <summary>Invariant 17 through the Python worker, in real processes over real sockets.</summary>
public sealed class OneNameTests
{
    private const int Schedules = 6;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Invariant_17_Python_workers_of_one_name_never_share_an_attempt(int count)
    {
        // Each process takes over once. No run fails of that.
        await using var server = await ServerProcess.StartAsync(
            "--Orchestrator:Heartbeats:MinInterval=00:00:00", "--Orchestrator:Health:MaxAttempts=10");
        var all = new List<Invariant17>();
        for (var number = 0; number < Scale.Of(Schedules, least: Schedules); number++)
        {
            all.Add(await CheckAsync(server, count, runs: 1 + (number % 3), seed: (1000 * count) + number));
        }

        Assert.Contains(all, one => one.Takeovers > 0);
        Assert.Contains(all, one => one.FencedBlocks > 0);
        Assert.Contains(all, one => one.FencedClaims > 0);
    }

    private static async Task<Invariant17> CheckAsync(ServerProcess server, int count, int runs, int seed)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"worker-{seed}");
        var ids = new List<string>();
        for (var run = 0; run < runs; run++)
        {
            var wanted = $$$"""{"experiment_id":"names","version_id":"v1","labels":{"name":"{{{name}}}"}}""";
            ids.Add((string)(await server.PostAsync("api/v1/runs", wanted))["id"]!);
        }

        var (random, schedule, journal, workers) = (new Random(seed), new Schedule(seed), new Journal(), new List<NamedWorker>());
        try
        {
            for (var number = 0; number < count; number++)
            {
                var isTakeover = random.Next(3) > 0;
                workers.Add(await NamedWorker.StartAsync(number, server.Client.BaseAddress!, name, isTakeover, schedule, journal));
            }

            var fault = await Record.ExceptionAsync(async () =>
            {
                await schedule.RunAsync(workers, () => new Invariant17(journal.Notes).CheckSoFar(), () => IsOver(journal, ids, workers));
                new Invariant17(journal.Notes).CheckAll(ids);
            });
            Assert.True(fault is null, $"{count} workers, {runs} runs, seed {seed}: {fault}\n{journal}");
            foreach (var id in ids)
            {
                await CheckRunAsync(server, id);
            }

            return new Invariant17(journal.Notes);
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }
    }

    private static bool IsOver(Journal journal, List<string> runs, List<NamedWorker> workers) =>
        journal.AreCompleted(runs) && workers.TrueForAll(worker => worker.IsIdle);

    private static async Task CheckRunAsync(ServerProcess server, string id)
    {
        Assert.Equal("completed", (string?)(await server.GetAsync($"api/v1/runs/{id}"))["state"]);
        var transitions = (await server.GetAsync($"api/v1/runs/{id}/transitions"))["transitions"]!.AsArray();
        Assert.Single(transitions, transition => (string?)transition!["to_state"] == "completed");
    }
}
