using Orchestrator.FaultProxy;

namespace Orchestrator.Client.Tests.Workers.Sockets;

/// <summary>A worker over HTTP: whatever the line or the server does, commands are applied once each, steps do not go back, and the training goes on.</summary>
public sealed class SocketTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private SocketBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await SocketBench.StartAsync();

    [Fact]
    public async Task A_server_that_restarts_with_its_store_is_found_again()
    {
        var training = await _bench.TrainAsync();
        var before = await training.TuneAsync("learning_rate");
        await training.UntilAppliedAsync(before);

        await _bench.RestartServerAsync(keepsRuns: true);

        await training.AssertGoesOnAsync();
        await training.CommandAsync(before);
        Assert.Equal(RunState.Completed, await training.CompleteAsync());
    }

    [Fact]
    public async Task A_server_that_refuses_connections_for_a_while_is_found_again()
    {
        var training = await _bench.TrainAsync();
        await _bench.Line.RefuseConnectionsAsync();
        var step = training.Step;
        while (training.Step < step + 10_000)
        {
            await Task.Yield();
        }

        await _bench.Line.AcceptConnectionsAsync();

        await training.AssertGoesOnAsync();
        await training.CommandAsync();
    }

    [Fact]
    public async Task A_server_that_has_lost_its_store_is_waited_for_and_then_the_run_is_lost()
    {
        var request = new NewRun { ExperimentId = ExperimentId.Parse("exp"), VersionId = VersionId.Parse("v1") };
        await _bench.Engine.Runs.CreateAsync(request);
        var run = await _bench.Client.ClaimAsync("worker-1", options: _bench.Options with { NotFoundTimeout = Soon });
        var training = _bench.Train(run!);
        await training.UntilAsync(seen => seen.CurrentStep > 0);

        await _bench.RestartServerAsync(keepsRuns: false);

        var lost = Assert.IsType<RunLostException>(await training.Stopped.WaitAsync(SocketBench.Patience));
        Assert.Equal(RefusalCode.RunNotFound, lost.Code);
    }

    [Fact]
    public async Task A_zombie_is_stopped_and_changes_nothing()
    {
        var zombie = await _bench.TrainAsync();
        var stalled = _bench.Line.Add(Fault.Stall.On("POST", "/heartbeat"));
        await stalled.Met.WaitAsync(SocketBench.Patience);
        var attempt = new AttemptRequest { Actor = WorkerBench.Ada, WorkerId = "worker-2", ResumeFrom = new ResumeFrom(3, 1) };
        Assert.Null((await _bench.Engine.Runs.StartAttemptAsync(zombie.Run.Id, attempt)).Refusal);

        _bench.Line.Heal();

        var lost = Assert.IsType<RunLostException>(await zombie.Stopped.WaitAsync(SocketBench.Patience));
        Assert.Equal(RefusalCode.StaleAttempt, lost.Code);
        await zombie.Run.DisposeAsync();
        var seen = (await _bench.Engine.Runs.GetAsync(zombie.Run.Id)).Value;
        Assert.Equal((RunState.Provisioning, 2, 3L, 1L), (seen.State, seen.Attempt, seen.CurrentStep, seen.CheckpointVersion));
    }

    [Fact]
    public async Task Of_two_workers_for_one_run_the_one_with_the_new_attempt_goes_on()
    {
        var first = await _bench.TrainAsync();
        var attempt = new AttemptRequest { Actor = WorkerBench.Ada, WorkerId = "worker-2" };
        await _bench.Engine.Runs.StartAttemptAsync(first.Run.Id, attempt);

        var second = _bench.Train(await _bench.Client.AttachAsync(first.Run.Id, attempt: 2, options: _bench.Options));

        Assert.IsType<RunLostException>(await first.Stopped.WaitAsync(SocketBench.Patience));
        await second.AssertGoesOnAsync();
        await second.CommandAsync();
        Assert.Equal(RunState.Completed, await second.CompleteAsync());
        Assert.Empty(first.Applied);
    }

    [Fact]
    public async Task A_pause_during_a_checkpoint_holds_the_training_after_it()
    {
        var training = await _bench.TrainAsync();
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await training.BeginCheckpoint(saved);
        var pause = await training.SendAsync(NewCommand.Pause(WorkerBench.Ada));
        while (await training.StatusAsync(pause) != CommandStatus.Delivered)
        {
            await Task.Yield();
        }

        Assert.Equal(RunState.Running, (await _bench.Engine.Runs.GetAsync(training.Run.Id)).Value.State);
        saved.SetResult();

        await training.UntilAsync(seen => seen.State == RunState.Paused);
        await training.UntilAppliedAsync(pause);
    }

    [Fact]
    public async Task A_terminate_during_a_pause_ends_the_run()
    {
        var training = await _bench.TrainAsync();
        await training.SendAsync(NewCommand.Pause(WorkerBench.Ada));
        await training.UntilAsync(seen => seen.State == RunState.Paused);
        _bench.Line.Add(Fault.LoseReply.On("POST", "/transitions", times: 1));
        _bench.Line.Add(Fault.LoseReply.On("POST", "/ack", times: 1));

        await training.SendAsync(NewCommand.Terminate(WorkerBench.Ada, "enough", finalCheckpoint: true));

        var stop = Assert.IsType<StopRequestedException>(await training.Stopped.WaitAsync(SocketBench.Patience));
        Assert.Equal((StopCause.Terminate, "enough", true), (stop.Cause, stop.Reason, stop.FinalCheckpoint));
        await training.Run.DisposeAsync();
        Assert.Equal(EndReason.Terminated, (await _bench.Engine.Runs.GetAsync(training.Run.Id)).Value.EndReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worker_that_shuts_down_hands_its_run_back_once(bool losesReply)
    {
        var training = await _bench.TrainAsync();
        _bench.Line.Add((losesReply ? Fault.LoseReply : Fault.Cut).On("POST", "/transitions", times: 2));

        await training.DisposeAsync();

        var seen = (await _bench.Engine.Runs.GetAsync(training.Run.Id)).Value;
        Assert.Equal((RunState.Queued, 2), (seen.State, seen.Attempt));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
