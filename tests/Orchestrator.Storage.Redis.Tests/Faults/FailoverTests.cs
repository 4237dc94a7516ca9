using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Faults.Hosts;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>A master ends and its replica takes its place, which may lack what was acknowledged last.</summary>
[Collection(OwnCluster.Name)]
public sealed class FailoverTests(RedisCluster cluster) : IDisposable
{
    private const int Clients = 6;
    private const int CommandsOfRun = 4;

    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _accepted = new();
    private readonly ConcurrentBag<string> _broken = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _clients = Task.CompletedTask;

    [Fact]
    public async Task What_is_left_is_right_and_what_comes_after_is_kept_when_a_replica_takes_over()
    {
        await using var space = cluster.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        _clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(n => Task.Run(() => WorkAsync(fleet, $"client-{n}"))));
        await GoOnAsync(runs: 40);

        var masters = await cluster.MastersAsync();
        await masters[0].KillAsync();
        await Eventually.HoldsAsync("a replica has taken over", async () => (await cluster.MastersAsync()).Count == masters.Count);
        await GoOnAsync(runs: 1);
        await Eventually.HoldsAsync("each shard is served", async () => await IsServedAsync(fleet));
        var before = _accepted.Keys.ToHashSet();
        await GoOnAsync(runs: 40);
        await _stop.CancelAsync();
        await _clients.WaitAsync(Eventually.Patience);
        await masters[0].StartAsync();

        await CheckAsync(fleet, space.OpenStore(), before);
    }

    public void Dispose() => _stop.Dispose();

    private static async Task<bool> IsServedAsync(Fleet fleet) =>
        (await fleet.TryCallAsync(0, HttpMethod.Get, "runs?limit=1"))?.Status == HttpStatusCode.OK;

    private async Task GoOnAsync(int runs)
    {
        var target = _accepted.Count + runs;
        await Eventually.HoldsAsync("runs are created", async () =>
        {
            if (_clients.IsFaulted)
            {
                await _clients;
            }

            return _accepted.Count >= target;
        });
    }

    /// <summary>Starts runs, and gives each some commands; goes on with the next one when something of a run has been lost.</summary>
    private async Task WorkAsync(Fleet fleet, string name)
    {
        for (var n = 1; !_stop.IsCancellationRequested; n++)
        {
            var run = $"{name}-{n}";
            Assert.True(await IsTakenAsync("runs", new JsonObject { ["id"] = run, ["experiment_id"] = "faults", ["version_id"] = "v1" }));
            var accepted = _accepted.GetOrAdd(run, _ => new ConcurrentQueue<string>());
            var isWhole = await IsTakenAsync($"runs/{run}/transitions", new JsonObject { ["to_state"] = "running", ["actor"] = Actor() });
            for (var i = 1; i <= CommandsOfRun && isWhole; i++)
            {
                isWhole = await IsTakenAsync($"runs/{run}/commands", new JsonObject
                {
                    ["id"] = $"{run}-{i}",
                    ["type"] = "tune",
                    ["payload"] = new JsonObject { ["learning_rate"] = 0.1 },
                    ["actor"] = Actor(),
                });
                if (isWhole)
                {
                    accepted.Enqueue($"{run}-{i}");
                }
            }

            if (!isWhole)
            {
                _broken.Add(run);
            }
        }

        JsonObject Actor() => new() { ["type"] = "operator", ["id"] = name };

        async Task<bool> IsTakenAsync(string path, JsonObject body)
        {
            var answer = await fleet.PostAsync(path, body, $"{path}:{body["id"]}");
            var isLacking = answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict;
            Assert.True(isLacking || (int)answer.Status < 300, $"{path}: {(int)answer.Status} {answer.Text}");
            return !isLacking;
        }
    }

    private async Task CheckAsync(Fleet fleet, IRunStore store, HashSet<string> before)
    {
        var (lostRuns, lostCommands) = (0, 0);
        Assert.Subset(before, _broken.ToHashSet());
        var feed = (await store.ReadWholeFeedAsync(limit: 1_000)).ToLookup(told => told.RunId.Value);
        foreach (var (run, accepted) in _accepted)
        {
            var mayLack = before.Contains(run);
            if (await store.LoadAsync(run) is null)
            {
                Assert.True(mayLack, $"{run} is lost");
                (lostRuns, lostCommands) = (lostRuns + 1, lostCommands + accepted.Count);
                continue;
            }

            var record = await RunRecord.ReadAsync(store, RunId.Parse(run));
            record.CheckPath();
            record.CheckEvents();
            record.CheckAudit();
            Assert.Equal(record.Events.Select(told => told.Sequence), feed[run].Select(told => told.Sequence));
            var kept = record.Commands.Select(command => command.Id.Value).ToList();
            Assert.Equal(accepted.Where(kept.Contains), kept);
            lostCommands += accepted.Count - kept.Count;
            Assert.True(mayLack || kept.Count == accepted.Count, $"commands of {run} are lost");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_accepted.Count} runs and {_accepted.Values.Sum(accepted => accepted.Count)} commands acknowledged, {lostRuns} and {lostCommands} of them lost, {fleet.Refused} calls refused");
        Assert.Equal(_accepted.Count - lostRuns, (await store.CountAsync(CancellationToken.None)).Sum(count => count.Count));
    }
}
