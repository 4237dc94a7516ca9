namespace Orchestrator.Client.Tests.Workers;

/// <summary>Attaching to a run that no worker has begun is a claim of that run.</summary>
public sealed class AttachTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task Attaching_to_a_queued_run_claims_it()
    {
        await _bench.QueueAsync("other");
        var id = await _bench.QueueAsync("mine");

        var run = await _bench.AttachAsync(id, workerId: "node-7");

        Assert.Equal(("mine", 1, "node-7"), (run.Id.Value, run.Attempt, run.Run.WorkerId));
        Assert.NotNull(run.Run.ClaimId);
        Assert.NotNull(run.Run.LaunchManifest);
        Assert.Equal(id, Assert.Single(_bench.Line.Claims).Request.Run);
        Assert.Equal(RunState.Running, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task Of_a_worker_that_attaches_and_one_that_claims_one_gets_the_run()
    {
        var id = await _bench.QueueAsync();
        _bench.Line.Break(Operation.Claim, Kind.Cut, times: 2);
        var attaching = _bench.Line.AttachAsync(id, options: _bench.Options);
        Assert.NotNull((await _bench.Engine.Runs.ClaimAsync(new ClaimRequest { WorkerId = "faster" })).Value.Value);

        var lost = await Assert.ThrowsAsync<RunLostException>(() => _bench.UntilDoneAsync(attaching));

        Assert.Equal(RefusalCode.InvalidState, lost.Code);
        Assert.NotEmpty(lost.Message);
        Assert.Equal((RunState.Provisioning, 1), ((await _bench.Engine.Runs.GetAsync(id)).Value.State, (await _bench.Engine.Runs.GetAsync(id)).Value.Attempt));
    }

    [Fact]
    public async Task A_run_that_requires_something_is_attached_to_by_the_worker_that_was_started_for_it()
    {
        var request = new NewRun
        {
            ExperimentId = ExperimentId.Parse("exp"),
            VersionId = VersionId.Parse("v1"),
            Requires = new Dictionary<string, string> { ["gpu"] = "a100" },
        };
        var id = (await _bench.Engine.Runs.CreateAsync(request)).Value.Value.Id;

        var run = await _bench.AttachAsync(id);

        Assert.Equal(id, run.Id);
    }

    [Fact]
    public async Task The_worker_that_an_attempt_was_given_to_attaches_in_that_attempt()
    {
        var first = await _bench.TakeAsync();
        await _bench.Engine.Runs.StartAttemptAsync(first.Id, new AttemptRequest { Actor = WorkerBench.Ada, WorkerId = "node-7" });

        var second = await _bench.AttachAsync(first.Id, attempt: 2);

        Assert.Equal((2, "node-7"), (second.Attempt, second.Run.WorkerId));
        Assert.NotNull(second.Run.ClaimId);
    }

    [Fact]
    public async Task A_run_that_is_in_provisioning_without_a_worker_is_attached_to_without_a_claim()
    {
        var id = await _bench.QueueAsync();
        await _bench.Engine.Runs.TransitionAsync(id, new TransitionRequest { To = RunState.Provisioning, Actor = WorkerBench.Ada });

        var run = await _bench.AttachAsync(id);

        Assert.Null(run.Run.ClaimId);
        Assert.Empty(_bench.Line.Claims);
        Assert.Equal(RunState.Running, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task A_worker_that_attaches_to_a_replaced_attempt_before_its_first_heartbeat_has_lost_the_run_and_learns_why()
    {
        var id = await _bench.QueueAsync();
        _bench.Line.AfterClaim = async () => await _bench.Engine.Runs.StartAttemptAsync(id, new AttemptRequest { Actor = WorkerBench.Ada });

        var lost = await Assert.ThrowsAsync<RunLostException>(() => _bench.AttachAsync(id));

        Assert.Equal(RefusalCode.StaleAttempt, lost.Code);
        var words = (await _bench.Engine.Heartbeats.ReportAsync(id, _bench.Line.Beats.Last())).Refusal!.Message;
        Assert.Equal(words, lost.Message);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
