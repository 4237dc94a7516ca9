namespace Orchestrator.Client.Tests.Commands;

public sealed class LongPollTests
{
    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly NewRun NewRun = new() { Id = RunId.Parse("r1"), ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };

    [Fact]
    public async Task A_poll_gets_the_command_that_comes_while_it_waits()
    {
        await using var server = await TestServer.StartAsync();
        var run = (await server.Client.Runs.CreateAsync(NewRun)).Value.Value.Id;
        await server.Client.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = Ada });

        var poll = server.Client.Commands.NextAsync(run, TimeSpan.FromSeconds(60)).AsTask();
        await server.Client.Commands.EnqueueAsync(run, NewCommand.Pause(Ada));

        Assert.Equal(CommandType.Pause, (await poll.WaitAsync(TimeSpan.FromSeconds(30))).Value!.Type);
    }

    [Fact]
    public async Task A_claim_gets_the_run_that_comes_while_it_waits()
    {
        await using var server = await TestServer.StartAsync();

        var claim = server.Client.Runs.ClaimAsync(new ClaimRequest { WorkerId = "gpu-1", Wait = TimeSpan.FromSeconds(60) }).AsTask();
        await server.Client.Runs.CreateAsync(NewRun);

        Assert.Equal("r1", (await claim.WaitAsync(TimeSpan.FromSeconds(30))).Value.Value!.Id.Value);
    }

    [Fact]
    public async Task A_poll_that_is_cancelled_ends_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var run = (await server.Client.Runs.CreateAsync(NewRun)).Value.Value.Id;
        using var cancel = new CancellationTokenSource();

        var poll = server.Client.Commands.NextAsync(run, TimeSpan.FromSeconds(60), cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
