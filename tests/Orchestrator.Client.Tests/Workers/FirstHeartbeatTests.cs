using Orchestrator.Client.Workers.Claims;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>A worker gets a run when its first heartbeat was accepted, and not before.</summary>
public sealed class FirstHeartbeatTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_claim_returns_when_its_first_heartbeat_was_accepted()
    {
        await _bench.QueueAsync();

        var run = await _bench.ClaimAsync();

        var beat = Assert.Single(_bench.Line.Beats);
        Assert.Equal((1L, 1, run?.Run.ClaimId), (beat.Beat, beat.Attempt, beat.ClaimId));
        Assert.Equal((RuntimeStatus.Running, 0L, null, null), (beat.Status, beat.Step, beat.Loss, beat.SamplesPerSec));
        var seen = await _bench.SeeAsync(run!);
        Assert.Equal((RunState.Running, null, null), (seen.State, seen.Loss, seen.SamplesPerSec));
    }

    [Fact]
    public async Task Heartbeats_polls_answers_and_the_end_carry_the_id_of_the_hand_over()
    {
        var run = await _bench.TakeAsync();
        run.OnTune = _ => TuneResult.Applied();
        var tune = await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Applied && _bench.Line.Accepted.Count > 2);
        await _bench.UntilDoneAsync(run.CompleteAsync());

        Assert.NotNull(run.Run.ClaimId);
        Assert.All(_bench.Line.Beats, beat => Assert.Equal(run.Run.ClaimId, beat.ClaimId));
        Assert.All(_bench.Line.Polls, poll => Assert.Equal((1, run.Run.ClaimId), poll));
        Assert.All(_bench.Line.Acknowledgements, answer => Assert.Equal(run.Run.ClaimId, answer.ClaimId));
        Assert.All(_bench.Line.Transitions, end => Assert.Equal(run.Run.ClaimId, end.ClaimId));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_pause_from_the_attempt_before_holds_the_training_before_its_first_step(int commandWait)
    {
        var options = _bench.Options with { CommandWait = TimeSpan.FromSeconds(commandWait) };
        var first = await _bench.TakeAsync(options: options);
        await _bench.SendAsync(first, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => first.HasCommands);
        var held = first.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(first)).State == RunState.Paused);
        await _bench.Engine.Runs.StartAttemptAsync(first.Id, new AttemptRequest { Actor = WorkerBench.Ada });
        await _bench.UntilAsync(() => held.IsCompleted);
        await Assert.ThrowsAsync<RunLostException>(() => held);

        // Commands come with the first heartbeat: no poll brings them.
        _bench.Line.Break(Operation.Next, Kind.Hang);
        var second = await _bench.ClaimAsync("worker-2", options: options);
        var waiting = second!.CheckControlAsync().AsTask();

        Assert.False(waiting.IsCompleted);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(second)).State == RunState.Paused);
        await _bench.SendAsync(second, NewCommand.Resume(WorkerBench.Ada));
        _bench.Line.ComeBack();
        await _bench.UntilAsync(() => waiting.IsCompleted);
        await waiting;
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Hang)]
    public async Task A_first_heartbeat_that_is_not_answered_is_sent_again_while_the_claim_waits(Kind kind)
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Heartbeat, kind, times: 4);

        var run = await _bench.UntilDoneAsync(_bench.ClaimAsync(wait: Timeout.InfiniteTimeSpan));

        Assert.Equal(("run", 1), (run?.Id.Value, run?.Attempt));
        Assert.Equal(RunState.Running, (await _bench.SeeAsync(run!)).State);
    }

    [Fact]
    public async Task A_claim_without_end_asks_the_server_to_wait_for_30_s_at_a_time()
    {
        var claim = _bench.ClaimAsync(wait: Timeout.InfiniteTimeSpan);
        await _bench.UntilAsync(() => _bench.Line.Claims.Count >= 3);
        await _bench.QueueAsync();

        Assert.NotNull(await _bench.UntilDoneAsync(claim));
        Assert.All(_bench.Line.Claims, sent => Assert.Equal(TimeSpan.FromSeconds(30), sent.Request.Wait));
    }

    [Fact]
    public async Task Without_an_answer_to_the_first_heartbeat_by_the_end_of_the_wait_there_is_no_run()
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Heartbeat, Kind.Cut);

        Assert.Null(await _bench.UntilDoneAsync(_bench.ClaimAsync(wait: TimeSpan.FromSeconds(30))));

        _bench.Line.ComeBack();
        var run = await _bench.ClaimAsync();
        Assert.Equal(("run", 2), (run?.Id.Value, run?.Attempt));
    }

    [Fact]
    public async Task A_worker_that_may_not_send_heartbeats_learns_it_from_its_claim()
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Heartbeat, Kind.Bar);

        await Assert.ThrowsAsync<UnexpectedAnswerException>(() => _bench.ClaimAsync(wait: Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task A_worker_whose_run_was_claimed_again_under_its_name_before_its_first_heartbeat_claims_another()
    {
        await _bench.QueueAsync("first");
        await _bench.QueueAsync("second");
        WorkerRun? other = null;
        _bench.Line.AfterClaim = async () =>
        {
            // The twin claims between the first worker's claim and its first heartbeat.
            _bench.Line.AfterClaim = null;
            other = await _bench.ClaimAsync("twin", new ClaimOptions(), process: new ClaimMemory());
        };
        var log = new EventLog();

        var run = await _bench.ClaimAsync("twin", options: _bench.Options with { Logger = log });

        Assert.Equal(("first", 2), (other?.Id.Value, other?.Attempt));
        Assert.Equal(("second", 1), (run?.Id.Value, run?.Attempt));
        Assert.Contains("ClaimLost", log.Events);
        Assert.Equal(_bench.Line.Claims.Count, _bench.Line.Claims.Select(claim => claim.Key).Distinct().Count());
    }

    [Fact]
    public async Task A_worker_whose_run_was_ended_before_its_first_heartbeat_claims_another()
    {
        var ended = await _bench.QueueAsync("first");
        await _bench.QueueAsync("second");
        _bench.Line.AfterClaim = async () =>
        {
            _bench.Line.AfterClaim = null;
            await _bench.Engine.Runs.TransitionAsync(ended, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });
        };

        var run = await _bench.ClaimAsync();

        Assert.Equal("second", run?.Id.Value);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
