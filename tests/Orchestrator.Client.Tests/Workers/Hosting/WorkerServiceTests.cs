using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Orchestrator.Client.Tests.Workers.Hosting;

public sealed class WorkerServiceTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WorkerBench _bench = new();
    private readonly Script _script = new();

    [Fact]
    public async Task Runs_are_claimed_one_after_the_other_and_completed()
    {
        for (var number = 1; number <= 3; number++)
        {
            await _bench.QueueAsync($"run-{number}");
        }

        await using var host = await StartAsync();

        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 3);
        Assert.Equal(["run-1", "run-2", "run-3"], _script.Taken);
        Assert.Equal(1, _script.MostAtOnce);
    }

    [Fact]
    public async Task As_many_runs_as_the_options_say_are_executed_at_once_each_by_one_trainer()
    {
        for (var number = 1; number <= 6; number++)
        {
            await _bench.QueueAsync($"run-{number}");
        }

        _script.Hold();
        await using var host = await StartAsync(options => options.MaxConcurrentRuns = 3);
        await _bench.UntilAsync(() => _script.Taken.Count == 3);
        _script.LetGo();

        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 6);
        Assert.Equal(3, _script.MostAtOnce);
        Assert.Equal(6, _script.Taken.Distinct().Count());
        Assert.Equal(6, _script.Taken.Count);
    }

    [Fact]
    public async Task A_training_that_fails_leaves_an_error_and_the_worker_goes_on()
    {
        await _bench.QueueAsync("bad");
        await _bench.QueueAsync("good");
        _script.Fails = run => run == "bad";

        await using var host = await StartAsync();

        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 1);
        var bad = (await _bench.Engine.Runs.GetAsync(RunId.Parse("bad"))).Value;
        Assert.Equal((RunState.Errored, "InvalidOperationException: The gradient exploded."), (bad.State, bad.StatusMessage));
        Assert.Equal(bad.StatusMessage, (await _bench.Engine.Runs.GetTransitionsAsync(bad.Id)).Value.Items[^1].Reason);
    }

    [Fact]
    public async Task A_trainer_that_reports_the_end_itself_has_the_last_word()
    {
        var id = await _bench.QueueAsync();
        _script.Before = async run => await run.FailAsync("No data.");

        await using var host = await StartAsync();

        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.State == RunState.Failed);
    }

    [Fact]
    public async Task A_terminate_ends_the_run_and_not_the_worker()
    {
        var id = await _bench.QueueAsync("first");
        _script.Hold();
        await using var host = await StartAsync();
        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.State == RunState.Running);

        await _bench.Engine.Commands.EnqueueAsync(id, NewCommand.Terminate(WorkerBench.Ada, "enough"));
        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.EndReason == EndReason.Terminated);

        _script.LetGo();
        await _bench.QueueAsync("second");
        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 1);
    }

    [Fact]
    public async Task A_worker_whose_run_was_lost_claims_the_next()
    {
        var id = await _bench.QueueAsync("first");
        _script.Hold();
        await using var host = await StartAsync();
        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.State == RunState.Running);

        await _bench.Engine.Runs.TransitionAsync(id, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });
        await _bench.UntilAsync(() => _script.AtOnce == 0);

        _script.LetGo();
        await _bench.QueueAsync("second");
        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 1);
        Assert.Equal(RunState.Failed, (await _bench.Engine.Runs.GetAsync(id)).Value.State);
    }

    [Fact]
    public async Task The_worker_goes_on_when_the_orchestrator_was_away()
    {
        _bench.Line.GoAway();
        await using var host = await StartAsync();
        await _bench.UntilAsync(() => _bench.Line.Calls >= 5);
        await _bench.QueueAsync();

        _bench.Line.ComeBack();

        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 1);
    }

    [Theory]
    [InlineData(Kind.Throw, RefusalCode.StoreUnavailable)]
    [InlineData(Kind.Cut, RefusalCode.ValidationFailed)]
    public async Task A_claim_that_fails_is_tried_again(Kind kind, RefusalCode code)
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Claim, kind, times: 3, new Refusal(code, "No."));

        await using var host = await StartAsync();

        await _bench.UntilAsync(async () => await CountAsync(RunState.Completed) == 1);
    }

    [Fact]
    public async Task When_the_host_stops_a_checkpoint_is_saved_and_the_run_goes_back_to_the_queue()
    {
        var id = await _bench.QueueAsync();
        _script.Hold();
        await using var host = await StartAsync();
        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.State == RunState.Running);

        var stopping = host.StopAsync();
        await _bench.UntilAsync(() => stopping.IsCompleted);
        await stopping;

        var run = (await _bench.Engine.Runs.GetAsync(id)).Value;
        // Time passes faster here than calls are answered: the worker may have claimed more than once before its trainer began.
        Assert.Equal(RunState.Queued, run.State);
        Assert.Equal(new ResumePoint(id, run.Attempt - 1, 5, 77, "file:///5"), run.ResumePoint);
        Assert.Equal(StopCause.Shutdown, Assert.Single(_script.Stops).Cause);
    }

    [Fact]
    public async Task A_trainer_that_throws_while_the_host_stops_hands_its_run_back()
    {
        var id = await _bench.QueueAsync();
        var entered = new TaskCompletionSource();
        var broken = new TaskCompletionSource();
        _script.Before = async _ =>
        {
            entered.SetResult();
            await broken.Task;
        };
        await using var host = await StartAsync();
        await entered.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var stopping = host.StopAsync();
        broken.SetException(new IOException("A data loader was killed."));
        await _bench.UntilAsync(() => stopping.IsCompleted);
        await stopping;

        var run = (await _bench.Engine.Runs.GetAsync(id)).Value;
        Assert.Equal(RunState.Queued, run.State);
    }

    [Fact]
    public async Task What_the_worker_offers_and_whether_its_name_is_its_own_go_with_its_claims()
    {
        await using var host = await StartAsync(options =>
        {
            options.WorkerId = $"pod-{Guid.NewGuid()}";
            options.Offers = new Dictionary<string, string> { ["gpu"] = "a100" };
            options.Takeover = true;
        });
        await _bench.UntilAsync(() => _bench.Line.Claims.Count >= 2);

        Assert.All(_bench.Line.Claims, claim => Assert.Equal("a100", claim.Request.Offers["gpu"]));
        Assert.Equal([true, false], _bench.Line.Claims.Take(2).Select(claim => claim.Request.Takeover));
    }

    [Fact]
    public async Task When_the_time_to_stop_is_over_trainers_are_cancelled_and_nothing_more_is_said()
    {
        var id = await _bench.QueueAsync();
        var cancelled = new TaskCompletionSource();
        _script.Before = async run =>
        {
            await using var registration = run.Aborted.Register(cancelled.SetResult);
            await cancelled.Task;
        };
        await using var host = await StartAsync();
        await _bench.UntilAsync(async () => (await _bench.Engine.Runs.GetAsync(id)).Value.State == RunState.Running);

        await host.StopAsync(new CancellationToken(canceled: true));

        await cancelled.Task.WaitAsync(Patience);
        Assert.Equal((RunState.Running, 1), ((await _bench.Engine.Runs.GetAsync(id)).Value.State, (await _bench.Engine.Runs.GetAsync(id)).Value.Attempt));
    }

    [Theory]
    [InlineData("", 1, 10, "WorkerId")]
    [InlineData("worker", 0, 10, "MaxConcurrentRuns")]
    [InlineData("worker", 1_001, 10, "MaxConcurrentRuns")]
    [InlineData("worker", 1, 0, "Run.Interval")]
    public async Task An_application_with_options_that_make_no_sense_does_not_start(string workerId, int runs, int interval, string named)
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(options =>
        {
            options.WorkerId = workerId;
            options.MaxConcurrentRuns = runs;
            options.Run = new WorkerRunOptions { Interval = TimeSpan.FromSeconds(interval) };
        }));

        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_without_an_orchestrator_says_what_to_add()
    {
        using var services = new ServiceCollection().AddOrchestratorWorker<ScriptedTrainer>().BuildServiceProvider();

        var fault = Assert.Throws<InvalidOperationException>(() => services.GetServices<IHostedService>().ToArray());

        Assert.Contains("AddOrchestratorClient()", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_is_enough_of_an_orchestrator()
    {
        var collection = new ServiceCollection().AddOrchestratorWorker<ScriptedTrainer>();
        collection.AddOrchestratorClient(options => options.BaseAddress = new Uri("http://127.0.0.1:1/api/v1"));
        using var services = collection.BuildServiceProvider();

        Assert.Single(services.GetServices<IHostedService>());
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task<int> CountAsync(RunState state) =>
        (await _bench.Engine.Runs.ListAsync(new RunFilter { States = [state] })).Value.Items.Count;

    private async Task<StoppableHost> StartAsync(Action<WorkerOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<TimeProvider>(_bench.Time);
        builder.Services.AddSingleton<IOrchestrator>(_bench.Line);
        builder.Services.AddSingleton(_script);
        builder.Services.AddOrchestratorWorker<ScriptedTrainer>(options =>
        {
            options.Run = _bench.Options;
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new StoppableHost(host, _bench);
    }

    private sealed class StoppableHost(IHost host, WorkerBench bench) : IAsyncDisposable
    {
        public Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            var stopping = host.StopAsync();
            await bench.UntilAsync(() => stopping.IsCompleted);
            host.Dispose();
        }
    }

    /// <summary>What the trainers of a test do, and what came of it.</summary>
    private sealed class Script
    {
        private volatile bool _holds;
        private int _atOnce;

        public ConcurrentQueue<string> Taken { get; } = new();

        public ConcurrentQueue<StopRequestedException> Stops { get; } = new();

        public int AtOnce => Volatile.Read(ref _atOnce);

        public int MostAtOnce { get; private set; }

        public bool Holds => _holds;

        public Func<string, bool> Fails { get; set; } = _ => false;

        public Func<WorkerRun, Task> Before { get; set; } = _ => Task.CompletedTask;

        public void Hold() => _holds = true;

        public void LetGo() => _holds = false;

        public void Enter(string run)
        {
            Taken.Enqueue(run);
            lock (Taken)
            {
                MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            }
        }

        public void Leave()
        {
            lock (Taken)
            {
                _atOnce--;
            }
        }
    }

    private sealed class ScriptedTrainer(Script script) : ITrainer
    {
        public async Task RunAsync(WorkerRun run, CancellationToken cancellationToken)
        {
            script.Enter(run.Id.Value);
            try
            {
                await script.Before(run);
                do
                {
                    run.Report(1, 0.5, 1);
                    await run.CheckControlAsync(CancellationToken.None);
                    await Task.Yield();
                }
                while (script.Holds);

                if (script.Fails(run.Id.Value))
                {
                    throw new InvalidOperationException("The gradient exploded.");
                }
            }
            catch (StopRequestedException stop)
            {
                script.Stops.Enqueue(stop);
                run.ReportCheckpoint(5, 77, "file:///5");
                throw;
            }
            finally
            {
                script.Leave();
            }
        }
    }
}
