namespace Orchestrator.Client.Tests.Workers;

/// <summary>How a worker gets hold of a run.</summary>
public sealed class ClaimTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_claimed_run_has_its_manifest_and_is_this_workers()
    {
        await _bench.QueueAsync(manifest: """{"seed":7}""");

        var run = await _bench.ClaimAsync("worker-1");

        Assert.NotNull(run);
        Assert.Equal(7, run.Run.LaunchManifest?.GetProperty("seed").GetInt32());
        Assert.Equal(("run", 1, "worker-1"), (run.Id.Value, run.Attempt, run.Run.WorkerId));
    }

    [Fact]
    public async Task Labels_say_which_runs()
    {
        await _bench.QueueAsync("cpu", new Dictionary<string, string> { ["pool"] = "cpu" });
        await _bench.QueueAsync("gpu", new Dictionary<string, string> { ["pool"] = "gpu" });

        var run = await _bench.ClaimAsync("worker-1", new ClaimOptions { Labels = new Dictionary<string, string> { ["pool"] = "gpu" } });

        Assert.Equal("gpu", run?.Id.Value);
    }

    [Fact]
    public async Task Without_a_run_there_is_none_at_once() =>
        Assert.Null(await _bench.ClaimAsync("worker-1"));

    [Theory]
    [InlineData(10)]
    [InlineData(90)]
    [InlineData(200)]
    public async Task Without_a_run_there_is_none_after_the_wait(int seconds)
    {
        var (began, wait) = (_bench.Time.GetUtcNow(), TimeSpan.FromSeconds(seconds));

        Assert.Null(await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", wait: wait)));

        Assert.True(_bench.Time.GetUtcNow() - began >= wait);
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    public async Task A_claim_waits_through_an_outage(Kind kind)
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Claim, kind, times: 5);

        var run = await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", wait: Timeout.InfiniteTimeSpan));

        Assert.Equal("run", run?.Id.Value);
        Assert.Equal(1, run?.Attempt);
    }

    [Fact]
    public async Task A_run_that_comes_during_the_wait_is_claimed()
    {
        var claim = _bench.ClaimAsync("worker-1", wait: TimeSpan.FromSeconds(60));
        await _bench.QueueAsync();

        var run = await claim.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.NotNull(run);
    }

    [Fact]
    public async Task Of_two_workers_one_gets_the_run()
    {
        await _bench.QueueAsync();

        var first = await _bench.ClaimAsync("worker-1");
        var second = await _bench.ClaimAsync("worker-2");

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task A_claim_that_makes_no_sense_is_refused()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _bench.ClaimAsync(""));

        Assert.Equal(RefusalCode.ValidationFailed, refused.Refusal.Code);
    }

    [Fact]
    public async Task Nobody_attaches_to_a_run_that_does_not_exist()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _bench.AttachAsync(RunId.Parse("none")));

        Assert.Equal(RefusalCode.RunNotFound, refused.Refusal.Code);
    }

    [Theory]
    [InlineData(1, RefusalCode.StaleAttempt)]
    [InlineData(3, RefusalCode.UnknownAttempt)]
    public async Task Nobody_attaches_to_another_attempt_than_the_current_one(int attempt, RefusalCode code)
    {
        var id = await _bench.QueueAsync();
        await _bench.Engine.Runs.TransitionAsync(id, new TransitionRequest { To = RunState.Provisioning, Actor = WorkerBench.Ada });
        await _bench.Engine.Runs.StartAttemptAsync(id, new AttemptRequest { Actor = WorkerBench.Ada });

        var lost = await Assert.ThrowsAsync<RunLostException>(() => _bench.AttachAsync(id, attempt));

        Assert.Equal(code, lost.Code);
        var run = await _bench.AttachAsync(id, attempt: 2);
        Assert.Equal(2, run.Attempt);
    }

    [Fact]
    public async Task Nobody_attaches_to_a_run_that_has_ended()
    {
        var id = await _bench.QueueAsync();
        await _bench.Engine.Runs.TransitionAsync(id, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });

        var lost = await Assert.ThrowsAsync<RunLostException>(() => _bench.AttachAsync(id));

        Assert.Equal(RefusalCode.RunEnded, lost.Code);
    }

    [Fact]
    public async Task Attaching_waits_through_an_outage()
    {
        var id = await _bench.QueueAsync();
        _bench.Line.Break(Operation.Get, Kind.Cut, times: 5);

        var run = await _bench.AttachAsync(id);

        Assert.Equal(id, run.Id);
    }

    [Fact]
    public async Task A_run_that_is_paused_stays_so_when_its_worker_attaches_again()
    {
        var first = await _bench.TakeAsync();
        await _bench.SendAsync(first, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => first.HasCommands);
        var held = first.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(first)).State == RunState.Paused);

        var second = await _bench.AttachAsync(first.Id);
        var waiting = second.CheckControlAsync().AsTask();
        var accepted = _bench.Line.Accepted.Count;
        await _bench.UntilAsync(() => _bench.Line.Accepted.Count > accepted + 3);

        Assert.Equal(RunState.Paused, (await _bench.SeeAsync(second)).State);
        Assert.False(waiting.IsCompleted);
        Assert.False(held.IsCompleted);
    }

    [Theory]
    [InlineData(0, 30, 10, 600, 600)]
    [InlineData(86_401, 30, 10, 600, 600)]
    [InlineData(10, 61, 10, 600, 600)]
    [InlineData(10, -1, 10, 600, 600)]
    [InlineData(10, 30, 0, 600, 600)]
    [InlineData(10, 30, 86_401, 600, 600)]
    [InlineData(10, 30, 10, 0, 600)]
    [InlineData(10, 30, 10, 600, 0)]
    public async Task Options_that_make_no_sense_are_refused(int interval, int commandWait, int callTimeout, int notFound, int finalReport)
    {
        var options = new WorkerRunOptions
        {
            Interval = TimeSpan.FromSeconds(interval),
            CommandWait = TimeSpan.FromSeconds(commandWait),
            CallTimeout = TimeSpan.FromSeconds(callTimeout),
            NotFoundTimeout = TimeSpan.FromSeconds(notFound),
            FinalReportTimeout = TimeSpan.FromSeconds(finalReport),
        };

        await Assert.ThrowsAsync<ArgumentException>(() => _bench.Line.ClaimAsync("worker-1", options: options));
        Assert.Equal(0, _bench.Line.Calls);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
