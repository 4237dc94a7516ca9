using System.Collections.Concurrent;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.Hosting;

/// <summary>Many callers at once, on real threads.</summary>
public sealed class ConcurrencyTests
{
    private const int Callers = 16;

    [Fact]
    public async Task Many_pollers_drain_a_queue_exactly_once_and_in_order()
    {
        const int count = 250;
        await using var host = new TestHost();
        var run = await host.StartAsync();
        using var drained = new CancellationTokenSource();
        var taken = new ConcurrentQueue<Command>();
        var pollers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var last = 0L;
            while (!drained.IsCancellationRequested)
            {
                try
                {
                    if ((await host.Commands.NextAsync(run, TimeSpan.FromSeconds(60), cancellationToken: drained.Token)).Value is { } command)
                    {
                        Assert.True(command.Sequence > last);
                        last = command.Sequence;
                        taken.Enqueue(command);
                    }
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                if (taken.Count == count)
                {
                    await drained.CancelAsync();
                }
            }
        })).ToList();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < count / 5; i++)
            {
                _ = (await host.Commands.EnqueueAsync(run, NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", 0.1)))).Value;
            }
        })));
        await Task.WhenAll(pollers).WaitAsync(TestHost.Patience);

        Assert.Equal(Enumerable.Range(1, count).Select(n => (long)n), taken.Select(command => command.Sequence).Order());
        Assert.All(taken, command => Assert.Equal(1, command.DeliveryCount));
        DeliveryOrder.Check(await RunRecord.ReadAsync(host.Store, run));
    }

    [Fact]
    public async Task Polls_that_are_abandoned_at_any_moment_lose_no_command()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var taken = new ConcurrentBag<CommandId>();
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(n => Task.Run(async () =>
        {
            using var abandoned = new CancellationTokenSource();
            var poll = host.Commands.NextAsync(run, TimeSpan.FromSeconds(60), cancellationToken: abandoned.Token).AsTask();
            if (n % 5 == 0)
            {
                _ = (await host.Commands.EnqueueAsync(run, NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", 0.1)))).Value;
            }

            await abandoned.CancelAsync();
            if (await Record.ExceptionAsync(() => poll) is null && (await poll).Value is { } command)
            {
                taken.Add(command.Id);
            }
        }))).WaitAsync(TestHost.Patience);

        while ((await host.Commands.NextAsync(run)).Value is { } left)
        {
            taken.Add(left.Id);
        }

        Assert.Equal(200, taken.Count);
        Assert.Distinct(taken);
    }

    [Fact]
    public async Task The_same_requests_at_once_have_one_effect()
    {
        await using var host = new TestHost();
        for (var round = 0; round < 40; round++)
        {
            var key = new CallContext { IdempotencyKey = $"key-{round}", Principal = "grace" };
            var id = $"run-{round}";
            await OnceAsync(() => host.Runs.CreateAsync(TestHost.NewRun(id)), run => run.Id);
            await OnceAsync(() => host.Runs.CreateAsync(TestHost.NewRun(), key), made => made.Id);
            var run = RunId.Parse(id);
            await OnceAsync(() => host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = TestHost.Ada }), moved => moved.State);
            await OnceAsync(() => host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Paused }, key), moved => moved.State);
            await OnceAsync(() => host.Runs.StartAttemptAsync(run, new AttemptRequest(), key), moved => moved.Attempt);
            await OnceAsync(() => host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = TestHost.Ada }), moved => moved.State);
            await OnceAsync(() => host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada) with { Id = CommandId.Parse("c") }), command => command.Id);
            await OnceAsync(() => host.Commands.EnqueueAsync(run, new NewCommand { Type = CommandType.Resume }, key), command => command.Id);
            await OnceAsync(() => host.Commands.AcknowledgeAsync(run, CommandId.Parse("c"), new Acknowledgement()), command => command.Status);

            var record = await RunRecord.ReadAsync(host.Store, run);
            Assert.Equal((5, 2, 4, 2), (record.Transitions.Count, record.Commands.Count, record.Audit.Count(entry => entry.Action is not ("run.create" or "command.ack")) - 2, record.View.Head.Attempt));
            Assert.Single(record.Audit, entry => entry.Action == "run.create");
            record.CheckPath();
            record.CheckEvents();
            record.CheckAudit();
        }
    }

    [Fact]
    public async Task Heartbeats_at_once_never_turn_the_counters_back()
    {
        const int beats = 400;
        await using var host = new TestHost(configure: options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        var run = await host.StartAsync();
        var accepted = new ConcurrentBag<(long Nth, long Step, long Beat)>();
        var beat = 0L;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < beats; i++)
            {
                var number = Interlocked.Increment(ref beat);
                var step = number / 4;
                var before = (await host.Runs.GetAsync(run)).Value;
                var report = TestHost.Beat(run, step, i % 9 == 0 ? RuntimeStatus.Paused : RuntimeStatus.Running) with { Beat = number, CheckpointVersion = step };
                if ((await host.Heartbeats.ReportAsync(run, report)).TryGet(out var receipt, out var refusal))
                {
                    if (receipt.Run.CurrentStep == step)
                    {
                        accepted.Add((receipt.Run.Heartbeats, step, number));
                    }
                }
                else
                {
                    Assert.Contains(refusal.Code, new[] { RefusalCode.StepRegression, RefusalCode.CheckpointRegression });
                }

                var after = (await host.Runs.GetAsync(run)).Value;
                Assert.True(after.CurrentStep >= before.CurrentStep && after.CheckpointVersion >= before.CheckpointVersion && after.Heartbeats >= before.Heartbeats);
            }
        }))).WaitAsync(TestHost.Patience);

        var inOrder = accepted.OrderBy(taken => taken.Nth).ToList();
        Assert.Equal(inOrder.Select(taken => taken.Step).Order(), inOrder.Select(taken => taken.Step));
        Assert.InRange((await host.Runs.GetAsync(run)).Value.Heartbeats, 2, 1 + (Callers * beats));
    }

    [Fact]
    public async Task Claims_at_once_hand_each_run_out_exactly_once_and_the_urgent_ones_first()
    {
        const int runs = 320;
        await using var host = new TestHost();
        for (var i = 0; i < runs; i++)
        {
            _ = (await host.Runs.CreateAsync(TestHost.NewRun($"run-{i}", priority: i % 2))).Value;
        }

        var handed = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var mine = new List<Run>();
            while ((await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"worker-{caller}-{mine.Count}" })).Value.Value is { } run)
            {
                mine.Add(run);
            }

            return mine;
        }))).WaitAsync(TestHost.Patience);

        Assert.Equal(runs, handed.Sum(mine => mine.Count));
        Assert.Distinct(handed.SelectMany(mine => mine).Select(run => run.Id));
        Assert.All(handed, mine => Assert.Equal(mine.Select(run => run.Priority).OrderDescending(), mine.Select(run => run.Priority)));
        Assert.All(handed.SelectMany(mine => mine), run => Assert.Equal(RunState.Provisioning, run.State));
    }

    [Fact]
    public async Task Waiting_claims_get_each_run_that_is_queued_exactly_once()
    {
        const int runs = 64;
        await using var host = new TestHost();
        var claims = Enumerable.Range(0, runs)
            .Select(n => Task.Run(async () => (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{n}", Wait = TimeSpan.FromSeconds(60) })).Value.Value))
            .ToList();
        await Task.WhenAll(Enumerable.Range(0, runs).Select(n => Task.Run(() => host.CreateAsync($"run-{n}"))));

        var handed = await Task.WhenAll(claims).WaitAsync(TestHost.Patience);
        Assert.Distinct(handed.Select(run => run!.Id));
    }

    [Fact]
    public async Task Transitions_commands_and_heartbeats_at_once_leave_an_unbroken_path()
    {
        await using var host = new TestHost(configure: options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        var run = await host.StartAsync();
        var states = new[] { RunState.Running, RunState.Paused, RunState.Errored, RunState.Queued, RunState.Provisioning };
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < 150; i++)
            {
                switch (random.Next(5))
                {
                    case 0:
                        await host.Runs.TransitionAsync(run, new TransitionRequest { To = states[random.Next(states.Length)], Actor = TestHost.Ada });
                        break;
                    case 1:
                        await host.Commands.EnqueueAsync(run, random.Next(2) == 0 ? NewCommand.Pause(TestHost.Ada) : NewCommand.Resume(TestHost.Ada));
                        break;
                    case 2 when (await host.Commands.NextAsync(run)).Value is { } command:
                        await host.Commands.AcknowledgeAsync(run, command.Id, new Acknowledgement());
                        break;
                    default:
                        await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, random.Next(100), (RuntimeStatus)random.Next(1, 3)), commands: 1);
                        break;
                }
            }
        }))).WaitAsync(TestHost.Patience);

        var record = await RunRecord.ReadAsync(host.Store, run);
        record.CheckPath();
        record.CheckEvents();
        record.CheckAudit();
        DeliveryOrder.Check(record);
    }

    /// <summary>Makes the same call many times at once: one takes effect, the others say that it has, and all tell the same.</summary>
    private static async Task OnceAsync<T, TFact>(Func<ValueTask<Result<Receipt<T>>>> call, Func<T, TFact> fact)
    {
        using var barrier = new Barrier(4);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            barrier.SignalAndWait();
            return (await call()).Value;
        }))).WaitAsync(TestHost.Patience);
        Assert.Single(answers, answer => answer.Effect == Effect.Done);
        Assert.Single(answers.Select(answer => fact(answer.Value)).Distinct());
    }
}
