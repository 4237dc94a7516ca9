using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Peers;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Commands from their acceptance over their delivery to their acknowledgement, in process; beside them jobs of Hangfire, and a table of commands.</summary>
internal sealed class CommandCycles : Scenario
{
    private const int Callers = 64;

    private static readonly NewCommand Tune =
        NewCommand.Tune(new Actor(ActorType.Operator, "load"), new Dictionary<string, double> { ["learning_rate"] = 0.1 });

    public override string Name => "cycles";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var row in await InMemoryAsync(effort, stop))
        {
            yield return row;
        }

        foreach (var row in Store.Postgres.Missing is { } why ? [Row.Without(Name, Ours(Store.Postgres), why)] : await OnPostgresAsync(effort, stop))
        {
            yield return row;
        }

        foreach (var row in Store.Redis.Missing is { } missing ? [Row.Without(Name, Ours(Store.Redis), missing)] : await OnRedisAsync(effort, stop))
        {
            yield return row;
        }
    }

    private async Task<IReadOnlyList<Row>> InMemoryAsync(Effort effort, CancellationToken stop)
    {
        // A fresh orchestrator and a fresh Hangfire each round, because both keep what was.
        var results = await Interleaved.MeasureAsync(
            effort,
            [
                new Contestant(Comparison.HangfireInMemory.Name, async _ =>
                {
                    using var hangfire = HangfireJobs.InMemory();
                    return await hangfire.RunAsync(effort.Jobs.InMemory);
                }),
                new Contestant(Ours(Store.Memory), async length =>
                {
                    await using var services = Store.Memory.NewOrchestrator("");
                    return await (await StartAsync(services)).RunAsync(length / 2);
                }),
            ],
            stop);
        var (hangfire, ours) = (results[0], results[1]);
        return
        [
            Row.Of(Name, ours.Name, Unit.PerSecond, ours.PerSecond, Goal.ValueAtLeast("P6", 200_000)),
            Row.Compare(Name, ours.Name, Unit.PerSecond, ours.PerSecond, hangfire.Name, hangfire.PerSecond, Goal.RatioAtLeast("P6", 5)),
        ];
    }

    private async Task<IReadOnlyList<Row>> OnPostgresAsync(Effort effort, CancellationToken stop)
    {
        await using var things = new Disposables();
        var hangfire = things.Add(HangfireJobs.OnPostgres(things.Add(new Scope(Store.Postgres))));
        var naive = things.Add(await NaiveCommands.CreateAsync(things.Add(new Scope(Store.Postgres))));
        var ours = await StartAsync(things.Add(Store.Postgres.NewOrchestrator(things.Add(new Scope(Store.Postgres)).Name)));
        var results = await Interleaved.MeasureAsync(
            effort,
            [
                new Contestant(Comparison.HangfireOnPostgres.Name, _ => hangfire.RunAsync(effort.Jobs.OnPostgres)),
                Contestant.OfCalls(Comparison.NaiveTable.Name, Callers, (caller, _) => naive.CycleAsync(caller)),
                new Contestant(Ours(Store.Postgres), ours.RunAsync),
            ],
            stop);
        var (jobs, table, cycles) = (results[0], results[1], results[2]);
        return
        [
            Row.Of(Name, cycles.Name, Unit.PerSecond, cycles.PerSecond, Goal.ValueAtLeast("P6", 5_000)),
            Row.Compare(Name, cycles.Name, Unit.PerSecond, cycles.PerSecond, jobs.Name, jobs.PerSecond, Goal.RatioAtLeast("P6", 20)),
            Row.Compare(Name, cycles.Name, Unit.PerSecond, cycles.PerSecond, table.Name, table.PerSecond),
        ];
    }

    private async Task<IReadOnlyList<Row>> OnRedisAsync(Effort effort, CancellationToken stop)
    {
        await using var things = new Disposables();
        var ours = await StartAsync(things.Add(Store.Redis.NewOrchestrator(things.Add(new Scope(Store.Redis)).Name)));
        var results = await Interleaved.MeasureAsync(effort, [new Contestant(Ours(Store.Redis), ours.RunAsync)], stop);
        return [Row.Of(Name, results[0].Name, Unit.PerSecond, results[0].PerSecond)];
    }

    private static async Task<Cycles> StartAsync(ServiceProvider services)
    {
        var orchestrator = services.GetRequiredService<IOrchestrator>();
        await Fleet.StartRunsAsync(orchestrator, Callers);
        return new Cycles(orchestrator.Commands);
    }

    private static string Ours(Store store) => $"command cycles through IOrchestrator, {store.Name}, {Callers} runs";

    private sealed class Cycles(ICommandOperations commands)
    {
        private readonly RunId[] _runs = [.. Enumerable.Range(0, Callers).Select(run => RunId.Parse(Runs.IdOf(run)))];

        public Task<LoadResult> RunAsync(TimeSpan length) => Load.RunAsync(Callers, length, async (caller, n) =>
        {
            var run = _runs[caller];
            var command = (await commands.EnqueueAsync(run, Tune)).Value.Value;
            var next = (await commands.NextAsync(run)).Value;
            if (next?.Id != command.Id)
            {
                throw new InvalidOperationException("The command was not delivered.");
            }

            _ = (await commands.AcknowledgeAsync(run, command.Id, new Acknowledgement())).Value;
        });
    }
}
