using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Client.Workers.Claims;
using Orchestrator.Core.Hosting;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// Invariant 17: workers of one name never share an attempt, in any order of their calls and answers, and each run is completed once.
/// </summary>
/// <param name="stores">Makes the stores.</param>
public abstract class WorkersOfOneNameSuite(IStoreFactory stores)
{
    private const string Name = "worker";
    private const int Steps = 4;
    private const int MostRounds = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc cref="ModelSuite.Sequences"/>
    protected virtual int Sequences => 20;

    [Fact]
    public async Task Invariant_17_workers_of_one_name_never_share_an_attempt()
    {
        // A block is fenced in about one sequence of three. A round without one says too little, and is followed by another.
        var fenced = 0;
        for (var round = 0; round < MostRounds && fenced == 0; round++)
        {
            await Gen.Select(Gen.Int[2, 4], Gen.Int[1, 3], Gen.Int).SampleAsync(
                async (count, runs, seed) => fenced = await CheckAsync(count, runs, seed) ? fenced + 1 : fenced,
                iter: Scale.Of(Sequences),
                threads: 1);
        }

        Assert.True(fenced > 0, "No block was fenced.");
    }

    [Fact]
    public async Task Every_order_of_the_calls_of_two_workers_of_one_name_keeps_one_of_them_out()
    {
        foreach (var order in Orders(4, 4))
        {
            await CheckOrderAsync([.. order]);
        }
    }

    /// <summary>Returns whether a block was fenced.</summary>
    private async Task<bool> CheckAsync(int count, int runs, int seed)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        await using var space = await stores.CreateAsync();
        var (one, other) = (new ClockedStore(await space.OpenAsync(), time), new ClockedStore(await space.OpenAsync(), time));
        await using var first = NewEngine(one, time);
        await using var second = NewEngine(other, time);
        var ids = Enumerable.Range(0, runs).Select(run => RunId.Parse($"run-{run}")).ToList();
        foreach (var id in ids)
        {
            await CreateAsync(first, id);
        }

        var (turns, journal) = (new Turns(seed, time), new WorkerJournal());
        using var over = new CancellationTokenSource();
        var random = new Random(seed);
        var takeovers = Enumerable.Range(0, count).Select(_ => random.Next(3) > 0).ToList();
        var workers = Enumerable.Range(0, count).Select(worker => Task.Run(async () =>
        {
            var line = new TurnedOrchestrator(worker % 2 == 0 ? first : second, one, turns, worker, journal);
            await WorkAsync(line, worker, takeovers[worker], turns, journal, time, EndedAsync, over);
        })).ToArray();
        await turns.RunAsync(workers, journal.Check);

        foreach (var id in ids)
        {
            journal.CheckCompletions(id);
            Assert.Single((await first.Runs.GetTransitionsAsync(id)).Value.Items, transition => transition.To == RunState.Completed);
        }

        return journal.HasFencedBlock;

        async Task<bool> EndedAsync()
        {
            var ended = 0;
            foreach (var id in ids)
            {
                ended += (await first.Runs.GetAsync(id)).Value.State.IsTerminal() ? 1 : 0;
            }

            return ended == ids.Count;
        }
    }

    private static async Task WorkAsync(
        TurnedOrchestrator line,
        int worker,
        bool isTakeover,
        Turns turns,
        WorkerJournal journal,
        FakeTimeProvider time,
        Func<Task<bool>> areEnded,
        CancellationTokenSource over)
    {
        var options = new WorkerRunOptions
        {
            TimeProvider = time,
            CommandWait = TimeSpan.Zero,
            CallTimeout = TimeSpan.FromDays(1),
            FinalReportTimeout = TimeSpan.FromDays(3650),
        };
        var claim = new ClaimOptions { Wait = Timeout.InfiniteTimeSpan, Takeover = isTakeover };
        var process = new ClaimMemory();
        try
        {
            while (true)
            {
                await using var run = await new ClaimLoop(line, Name, claim, options, process).RunAsync(over.Token);
                await TrainAsync(run!, worker, turns, journal);
                if (await areEnded())
                {
                    await over.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // All runs have ended.
        }
    }

    private static async Task TrainAsync(WorkerRun run, int worker, Turns turns, WorkerJournal journal)
    {
        var holding = new Holding(run.Id, run.Attempt, run.Run.ClaimId);
        journal.Enter(holding);
        for (var step = 1; step <= Steps; step++)
        {
            bool isFenced;
            using (await turns.WaitAsync(worker))
            {
                isFenced = journal.IsFenced(holding);
            }

            if (isFenced)
            {
                await StopsAsync(run);
                return;
            }

            try
            {
                await run.CheckControlAsync();
            }
            catch (RunLostException)
            {
                Assert.True(journal.IsFenced(holding));
                return;
            }

            run.Report(step, loss: 1.0 / step);
        }

        await run.CompleteAsync();
    }

    /// <summary>A worker that got the answer stops as soon as its reporter has read it.</summary>
    private static async Task StopsAsync(WorkerRun run)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = run.Aborted.Register(aborted.SetResult);
        await aborted.Task.WaitAsync(Patience);
        await Assert.ThrowsAsync<RunLostException>(async () => await run.CheckControlAsync());
    }

    private async Task CheckOrderAsync(bool[] order)
    {
        await using var space = await stores.CreateAsync();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        await using var engine = NewEngine(new ClockedStore(await space.OpenAsync(), time), time);
        var id = RunId.Parse("run");
        await CreateAsync(engine, id);
        var (held, steps) = (new Run?[2], new int[2]);
        var accepted = new HashSet<(int Attempt, string? ClaimId)>();
        var completions = 0;
        foreach (var worker in order.Select(isFirst => isFirst ? 0 : 1))
        {
            var step = steps[worker]++;
            if (step == 0)
            {
                held[worker] = (await engine.Runs.ClaimAsync(new ClaimRequest { WorkerId = Name })).Value.Value;
            }
            else if (held[worker] is { } run && step < 3)
            {
                var heartbeat = new Heartbeat
                {
                    RunId = id,
                    Attempt = run.Attempt,
                    ClaimId = run.ClaimId,
                    Beat = step,
                    Status = RuntimeStatus.Running,
                    Step = step,
                    CheckpointVersion = 0,
                };
                if ((await engine.Heartbeats.ReportAsync(id, heartbeat)).Refusal is null)
                {
                    accepted.Add((run.Attempt, run.ClaimId));
                }
            }
            else if (held[worker] is { } last)
            {
                var end = new TransitionRequest
                {
                    To = RunState.Completed,
                    Actor = new Actor(ActorType.System, Name),
                    Attempt = last.Attempt,
                    ClaimId = last.ClaimId,
                };
                completions += (await engine.Runs.TransitionAsync(id, end)).Refusal is null ? 1 : 0;
            }
        }

        var text = string.Concat(order.Select(isFirst => isFirst ? 'a' : 'b'));
        Assert.True(accepted.Count == accepted.Select(pair => pair.Attempt).Distinct().Count(), $"{text}: one attempt, two claims.");
        Assert.True(completions <= 1, $"{text}: completed {completions} times.");
    }

    private static Engine NewEngine(IRunStore store, FakeTimeProvider time)
    {
        var options = Quiet.Options();
        options.Heartbeats.MinInterval = TimeSpan.Zero;

        // Each worker may take a run over once in its life: no run fails of that.
        options.Health.MaxAttempts = 10;
        return new Engine(store, options, time, NullLoggerFactory.Instance);
    }

    private static async Task CreateAsync(Engine engine, RunId id) => Assert.Null((await engine.Runs.CreateAsync(new NewRun
    {
        Id = id,
        ExperimentId = ExperimentId.Parse("exp"),
        VersionId = VersionId.Parse("v1"),
    })).Refusal);

    private static IEnumerable<IEnumerable<bool>> Orders(int ones, int others) =>
        ones == 0 ? [Enumerable.Repeat(false, others)]
        : others == 0 ? [Enumerable.Repeat(true, ones)]
        : Orders(ones - 1, others).Select(rest => rest.Prepend(true)).Concat(Orders(ones, others - 1).Select(rest => rest.Prepend(false)));
}
