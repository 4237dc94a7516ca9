using System.Diagnostics;
using System.Runtime.CompilerServices;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Http;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Peers;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Commands to polls that wait, at the host that takes the command and at another one on the same store; beside them what Kestrel alone takes.</summary>
internal sealed class WakingPolls : Scenario
{
    private const double OneHost = 5;
    private const double AcrossHosts = 15;

    private static readonly string Bare = Comparison.BareEndpoints.Name;
    private static readonly string Naive = Comparison.NaivePolling.Name;

    public override string Name => "commands";

    public override bool IsLoadGenerator => true;

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var things = new Disposables();
        var accepted = new Dictionary<string, List<LoadResult>>();
        var bare = things.Add(await HostProcess.StartAsync("bare"));
        List<Contestant> contestants = [await ParkAsync(Bare, PollApi.Bare, bare, bare, first: 0)];
        foreach (var store in Store.All.Where(store => store.Missing is null))
        {
            var scope = things.Add(new Scope(store));
            var one = things.Add(await HostProcess.StartAsync(OrchestratorHost.Arguments(scope, runs: 2 * effort.ParkedPolls)));
            contestants.Add(await ParkAsync(Same(store), PollApi.Commands, one, one, first: 0));
            if (store != Store.Memory)
            {
                var other = things.Add(await HostProcess.StartAsync(OrchestratorHost.Arguments(scope, runs: 0)));
                contestants.Add(await ParkAsync(Across(store), PollApi.Commands, one, other, first: effort.ParkedPolls));
            }

            if (store == Store.Postgres)
            {
                var naive = things.Add(await NaiveCommands.CreateAsync(things.Add(new Scope(store))));
                contestants.Add(new Contestant(Naive, _ => naive.PollEachSecondAsync(effort.ParkedPolls)));
            }
        }

        await Task.Delay(effort.Settle, stop);
        var results = (await Interleaved.MeasureAsync(effort, contestants, stop)).ToDictionary(result => result.Name);
        foreach (var row in Store.All.SelectMany(store => store.Missing is { } why ? Without(store, why) : Tell(store, results, accepted)))
        {
            yield return row;
        }

        async Task<Contestant> ParkAsync(string name, PollApi api, HostProcess sentTo, HostProcess parkedAt, int first)
        {
            var polls = things.Add(await ParkedPolls.StartAsync(api, parkedAt.Address, first, effort.ParkedPolls));
            var sender = things.Add(await HttpConnection.OpenAsync(sentTo.Address));
            var rounds = accepted[name] = [];
            return new Contestant(name, async _ =>
            {
                var begin = Stopwatch.GetTimestamp();
                var latencies = await polls.SendToEachAsync(sender, rounds.Count);
                var elapsed = Stopwatch.GetElapsedTime(begin);
                rounds.Add(LoadResult.Of([.. latencies.Select(latency => latency.SinceAccepted)], elapsed));
                return LoadResult.Of([.. latencies.Select(latency => latency.SinceSent)], elapsed);
            });
        }
    }

    private IEnumerable<Row> Tell(Store store, Dictionary<string, Measured> results, Dictionary<string, List<LoadResult>> accepted)
    {
        var bare = results[Bare];
        foreach (var (name, bound) in new[] { (Same(store), OneHost), (Across(store), AcrossHosts) })
        {
            if (results.TryGetValue(name, out var ours))
            {
                // The first round was the warm-up.
                var goal = Goal.ValueAtMost("P5", bound);
                yield return Row.Of(Name, $"{name}, accepted to answered: p99", Unit.Milliseconds, [.. accepted[name].Skip(1).Select(round => round.P99)], goal);
                yield return Row.Compare(Name, $"{name}, sent to answered: p50", Unit.Milliseconds, ours.P50, Bare, bare.P50);
                yield return Row.Compare(Name, $"{name}, sent to answered: p99", Unit.Milliseconds, ours.P99, Bare, bare.P99);
            }
        }

        if (store == Store.Postgres)
        {
            yield return Row.Compare(
                Name, $"{Across(store)}, sent to answered: p50", Unit.Milliseconds, results[Across(store)].P50, Naive, results[Naive].P50);
        }
    }

    private IEnumerable<Row> Without(Store store, string why) => [Row.Without(Name, Same(store), why), Row.Without(Name, Across(store), why)];

    private static string Same(Store store) => $"command to parked poll, {store.Name}, one host";

    private static string Across(Store store) => $"command to parked poll, {store.Name}, from host to host";
}
