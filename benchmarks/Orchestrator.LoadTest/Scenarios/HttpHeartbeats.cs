using System.Runtime.CompilerServices;
using System.Text;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Http;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Heartbeats over HTTP, one a request and many a request, on each store; beside them the JSON echo, which keeps nothing.</summary>
internal sealed class HttpHeartbeats : Scenario
{
    private const int BatchSize = 500;
    private const int BatchConnections = 4;

    private static readonly string Echo = Comparison.JsonEcho.Name;
    private static readonly int[] Connections = [64, 256];

    public override string Name => "http";

    public override bool IsLoadGenerator => true;

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        var stores = Store.All.Where(store => store.Missing is null).ToList();
        await using var things = new Disposables();
        var contestants = new List<Contestant>();
        var echo = things.Add(await HostProcess.StartAsync("bare"));
        contestants.AddRange(await SinglesAsync(Echo, echo, new Runs(effort.Runs), things));
        var fleets = new List<(HostProcess Host, Runs Runs)>();
        foreach (var store in stores)
        {
            var host = things.Add(await HostProcess.StartAsync(OrchestratorHost.Arguments(things.Add(new Scope(store)), effort.Runs)));
            var runs = new Runs(effort.Runs);
            fleets.Add((host, runs));
            contestants.AddRange(await SinglesAsync(store.Name, host, runs, things));
            contestants.Add(await BatchesAsync(store.Name, host, runs, things));
        }

        var results = (await Interleaved.MeasureAsync(effort, contestants, stop)).ToDictionary(result => result.Name);
        foreach (var (host, runs) in fleets)
        {
            await CheckAsync(host, runs);
        }

        foreach (var row in stores.SelectMany(store => Tell(store, results)))
        {
            yield return row;
        }

        foreach (var store in Store.All.Except(stores))
        {
            yield return Row.Without(Name, $"heartbeats over HTTP, {store.Name}", store.Missing!);
        }
    }

    private IEnumerable<Row> Tell(Store store, Dictionary<string, Measured> results)
    {
        var (id, share) = store == Store.Memory ? ("P2", 0.95) : store == Store.Postgres ? ("P3", 0.65) : ("P4", 0.65);
        foreach (var connections in Connections)
        {
            var (ours, echo) = (results[Single(store.Name, connections)], results[Single(Echo, connections)]);
            yield return Row.Compare(Name, ours.Name, Unit.PerSecond, ours.PerSecond, Echo, echo.PerSecond, Goal.RatioAtLeast(id, share));
            yield return Row.Compare(
                Name, $"p99 of {ours.Name}", Unit.Milliseconds, ours.P99, Echo, echo.P99, store == Store.Memory ? Goal.RatioAtMost(id, 1.25) : null);
        }

        var (batched, single) = (results[Batched(store.Name)], results[Single(store.Name, Connections[0])]);
        yield return Row.Compare(
            Name, batched.Name, Unit.PerSecond, batched.PerSecond, $"one a request, {Connections[0]} connections", single.PerSecond,
            store == Store.Memory ? Goal.RatioAtLeast("P2", 10) : null);
    }

    private static async Task<IEnumerable<Contestant>> SinglesAsync(string name, HostProcess host, Runs runs, Disposables things)
    {
        var contestants = new List<Contestant>();
        foreach (var count in Connections)
        {
            var connections = things.AddAll(await HttpConnection.OpenAsync(host.Address, count));
            var requests = Enumerable.Range(0, count).Select(_ => HeartbeatRequest.Single()).ToArray();
            contestants.Add(Contestant.OfCalls(Single(name, count), count, (caller, n) =>
                connections[caller].SendAsync(requests[caller].Next(runs, runs.Of(caller, count, n)), expected: 200)));
        }

        return contestants;
    }

    private static async Task<Contestant> BatchesAsync(string name, HostProcess host, Runs runs, Disposables things)
    {
        var connections = things.AddAll(await HttpConnection.OpenAsync(host.Address, BatchConnections));
        var requests = Enumerable.Range(0, BatchConnections).Select(_ => HeartbeatRequest.Batch(BatchSize)).ToArray();
        return Contestant.OfCalls(Batched(name), BatchConnections, SendAsync, BatchSize);

        async Task SendAsync(int caller, int n)
        {
            var answer = await connections[caller].SendAsync(requests[caller].Next(runs, caller * BatchSize), expected: 200);
            if (answer.Span.Count("{\"status\":200,"u8) != BatchSize)
            {
                throw new InvalidDataException($"A heartbeat of a batch was refused by the host on {name}.");
            }
        }
    }

    /// <summary>What was answered was kept: runs stand at their last steps.</summary>
    private static async Task CheckAsync(HostProcess host, Runs runs)
    {
        using var connection = await HttpConnection.OpenAsync(host.Address);
        foreach (var (run, step) in runs.Sample(every: 97))
        {
            var answer = await connection.SendAsync(Requests.Get($"{Requests.Prefix}/runs/{Runs.IdOf(run)}"), expected: 200);
            if (answer.Span.IndexOf(Encoding.UTF8.GetBytes($"\"current_step\":{step},")) < 0)
            {
                throw new InvalidDataException($"{Runs.IdOf(run)} is not at step {step}, which was its last.");
            }
        }
    }

    private static string Single(string name, int connections) => $"heartbeats over HTTP, {name}, {connections} connections";

    private static string Batched(string name) => $"heartbeats over HTTP in batches of {BatchSize}, {name}, {BatchConnections} connections";
}
