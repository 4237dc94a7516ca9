namespace Orchestrator.Client.Tests.Http;

/// <summary>Requests that the server did what they asked for, and whose replies were lost.</summary>
public sealed class LostReplyTests
{
    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly NewRun NewRun = new() { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };

    [Fact]
    public async Task A_run_is_created_once_and_the_caller_is_told_that_it_was()
    {
        await using var server = await TestServer.StartAsync();
        server.LoseReplies(2);

        var receipt = (await server.Client.Runs.CreateAsync(NewRun)).Value;

        Assert.Equal(Effect.Done, receipt.Effect);
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(receipt.Value.Id, Assert.Single((await server.InProcess.Runs.ListAsync()).Value.Items).Id);
    }

    [Fact]
    public async Task A_command_is_given_once()
    {
        await using var server = await TestServer.StartAsync();
        var run = await StartRunAsync(server);
        server.LoseReplies(1);

        var receipt = (await server.Client.Commands.EnqueueAsync(run, NewCommand.Pause(Ada))).Value;

        Assert.Equal(Effect.Done, receipt.Effect);
        Assert.Equal(receipt.Value.Id, Assert.Single((await server.InProcess.Commands.ListAsync(run)).Value.Items).Id);
    }

    [Fact]
    public async Task A_claim_takes_one_run()
    {
        await using var server = await TestServer.StartAsync();
        await server.InProcess.Runs.CreateAsync(NewRun);
        await server.InProcess.Runs.CreateAsync(NewRun);
        server.LoseReplies(1);

        var receipt = (await server.Client.Runs.ClaimAsync(new ClaimRequest { WorkerId = "gpu-1" })).Value;

        Assert.Equal(Effect.Done, receipt.Effect);
        Assert.Equal(receipt.Value!.Id, Assert.Single((await server.InProcess.Runs.ListAsync(new RunFilter { States = [RunState.Provisioning] })).Value.Items).Id);
    }

    [Fact]
    public async Task An_attempt_a_snooze_a_transition_and_an_acknowledgement_are_made_once()
    {
        await using var server = await TestServer.StartAsync();
        var run = await StartRunAsync(server);
        var pause = (await server.InProcess.Commands.EnqueueAsync(run, NewCommand.Pause(Ada))).Value.Value.Id;

        server.LoseReplies(1);
        Assert.Equal(Effect.Done, (await server.Client.Commands.AcknowledgeAsync(run, pause, new Acknowledgement())).Value.Effect);
        server.LoseReplies(1);
        Assert.Equal(Effect.Done, (await server.Client.Runs.SnoozeAsync(run, new SnoozeRequest { For = TimeSpan.FromHours(1), Reason = "slow", Actor = Ada })).Value.Effect);
        server.LoseReplies(1);
        var restarted = (await server.Client.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = Ada })).Value;
        server.LoseReplies(1);
        Assert.Equal(Effect.Done, (await server.Client.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Failed, Actor = Ada })).Value.Effect);

        Assert.Equal((Effect.Done, 2), (restarted.Effect, restarted.Value.Attempt));
        Assert.Equal(
            ["run.create", "command.pause", "command.ack", "run.snooze", "run.attempt", "run.transition"],
            (await server.InProcess.Audit.ListAsync(run)).Value.Items.Select(entry => entry.Action));
    }

    [Fact]
    public async Task A_heartbeat_with_a_number_counts_once()
    {
        await using var server = await TestServer.StartAsync();
        var run = await StartRunAsync(server);
        server.LoseReplies(1);

        var receipt = (await server.Client.Heartbeats.ReportAsync(run, Beat(run) with { Beat = 2, Step = 2, Status = RuntimeStatus.Paused })).Value;

        Assert.Equal((2, 2), (receipt.Run.Heartbeats, receipt.Run.CurrentStep));
    }

    [Fact]
    public async Task The_same_call_by_its_caller_s_key_is_told_as_replayed()
    {
        await using var server = await TestServer.StartAsync();
        var context = new CallContext { IdempotencyKey = "launch-42" };

        var first = (await server.Client.Runs.CreateAsync(NewRun, context)).Value;
        var second = (await server.Client.Runs.CreateAsync(NewRun, context)).Value;

        Assert.Equal((Effect.Done, Effect.Replayed), (first.Effect, second.Effect));
        Assert.Equal(first.Value.Id, second.Value.Id);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_refused_and_found_again()
    {
        await using var server = await TestServer.StartAsync();
        var client = new OrchestratorClient(server.Http, new OrchestratorClientOptions { Timeout = TimeSpan.FromMilliseconds(500) });
        await server.StopAsync();

        var gone = await client.Runs.ListAsync();
        await using var again = await TestServer.StartAsync(port: server.Address.Port);

        Assert.Equal(RefusalCode.StoreUnavailable, gone.Refusal!.Code);
        Assert.Null((await client.Runs.ListAsync()).Refusal);
    }

    private static async Task<RunId> StartRunAsync(TestServer server)
    {
        var run = (await server.InProcess.Runs.CreateAsync(NewRun)).Value.Value.Id;
        Assert.Null((await server.InProcess.Heartbeats.ReportAsync(run, Beat(run))).Refusal);
        return run;
    }

    private static Heartbeat Beat(RunId run) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = 1,
        SamplesPerSec = 1,
        Loss = 1,
        CheckpointVersion = 0,
        Beat = 1,
    };
}
