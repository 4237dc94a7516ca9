using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;
using Orchestrator.Storage;
using Orchestrator.Storage.Redis;
using StackExchange.Redis;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Heartbeats of many callers in process on PostgreSQL and on Redis, beside what the bare store takes, and beside naive code: one statement a heartbeat.</summary>
internal sealed class StoreHeartbeats : Scenario
{
    private const int Callers = 256;

    private static readonly string OneStatement = Comparison.OneUpdate.Name;
    private static readonly string GroupCommit = Comparison.GroupCommit.Name;
    private static readonly string OneScript = Comparison.OneScript.Name;

    public override string Name => "stores";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var store in new[] { Store.Postgres, Store.Redis })
        {
            var rows = store.Missing is { } why ? [Row.Without(Name, Ours(store), why)]
                : store == Store.Postgres ? await OnPostgresAsync(effort, stop)
                : await OnRedisAsync(effort, stop);
            foreach (var row in rows)
            {
                yield return row;
            }
        }
    }

    private async Task<IReadOnlyList<Row>> OnPostgresAsync(Effort effort, CancellationToken stop)
    {
        await using var things = new Disposables();
        var scope = things.Add(new Scope(Store.Postgres));
        var orchestrator = await StartAsync(things.Add(Store.Postgres.NewOrchestrator(scope.Name)), effort);
        var statements = things.Add(new BareStatements(Store.Postgres.Server, scope.Name));
        var runs = new Runs(effort.Runs);
        var results = await Interleaved.MeasureAsync(
            effort,
            [
                Reporting(OneStatement, runs, statements.ReportAloneAsync),
                Reporting(GroupCommit, runs, statements.ReportInGroupAsync),
                Reporting(Ours(Store.Postgres), runs, (run, step) => ReportAsync(orchestrator, run, step)),
            ],
            stop);
        var (alone, group, ours) = (results[0], results[1], results[2]);
        return
        [
            Row.Compare(Name, ours.Name, Unit.PerSecond, ours.PerSecond, GroupCommit, group.PerSecond, Goal.RatioAtLeast("P3", 0.7)),
            Row.Compare(Name, ours.Name, Unit.PerSecond, ours.PerSecond, OneStatement, alone.PerSecond, Goal.RatioAtLeast("P3", 6)),
            Row.Compare(Name, $"p99 of {ours.Name}", Unit.Milliseconds, ours.P99, OneStatement, alone.P99, Goal.RatioAtMost("P3", 1)),
        ];
    }

    private async Task<IReadOnlyList<Row>> OnRedisAsync(Effort effort, CancellationToken stop)
    {
        await using var things = new Disposables();
        var scope = things.Add(new Scope(Store.Redis));
        var orchestrator = await StartAsync(things.Add(Store.Redis.NewOrchestrator(scope.Name)), effort);
        var unbatched = things.Add(NewUnbatched(scope)).GetRequiredService<IOrchestrator>();
        var connection = things.Add(await ConnectionMultiplexer.ConnectAsync(Store.Redis.Server));
        var script = new BareScript(scope.Name + ":", connection.GetDatabase());
        await script.LoadAsync();
        var runs = new Runs(effort.Runs);
        var results = await Interleaved.MeasureAsync(
            effort,
            [
                Reporting(OneScript, runs, script.ReportAsync),
                Reporting("a call each", runs, (run, step) => ReportAsync(unbatched, run, step)),
                Reporting(Ours(Store.Redis), runs, (run, step) => ReportAsync(orchestrator, run, step)),
            ],
            stop);
        var (bare, alone, ours) = (results[0], results[1], results[2]);
        return
        [
            Row.Compare(Name, ours.Name, Unit.PerSecond, ours.PerSecond, OneScript, bare.PerSecond, Goal.RatioAtLeast("P4", 1)),
            Row.Compare(Name, $"{ours.Name}, unbatched", Unit.PerSecond, alone.PerSecond, OneScript, bare.PerSecond, Goal.RatioAtLeast("P4", 0.8)),
        ];
    }

    private static async Task<IOrchestrator> StartAsync(ServiceProvider services, Effort effort)
    {
        var orchestrator = services.GetRequiredService<IOrchestrator>();
        await Fleet.StartRunsAsync(orchestrator, effort.Runs);
        return orchestrator;
    }

    private static Contestant Reporting(string name, Runs runs, Func<string, long, Task> reportAsync) => Contestant.OfCalls(name, Callers, (caller, n) =>
    {
        var run = runs.Of(caller, Callers, n);
        return reportAsync(Runs.IdOf(run), runs.NextStep(run));
    });

    private static async Task ReportAsync(IOrchestrator orchestrator, string id, long step)
    {
        var run = RunId.Parse(id);
        _ = (await orchestrator.Heartbeats.ReportAsync(run, Fleet.Beat(run, step))).Value;
    }

    /// <summary>An orchestrator that calls the store once a heartbeat.</summary>
    private static ServiceProvider NewUnbatched(Scope scope)
    {
        var options = new RedisStoreOptions { Prefix = scope.Name + ":" };
        var store = new RedisRunStore(ConfigurationOptions.Parse(Store.Redis.Server), options, NullLoggerFactory.Instance, mostInCall: 1);
        var services = new ServiceCollection().AddSingleton<IRunStore>(store);
        services.AddOrchestrator(Fleet.Configure);
        return services.BuildServiceProvider();
    }

    private static string Ours(Store store) => $"heartbeats through IOrchestrator, {store.Name}, {Callers} callers";
}
