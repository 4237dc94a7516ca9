namespace Orchestrator.Samples.Tests.Python;

public sealed class OutageTests
{
    private const string Away = "cannot be reached";
    private const string Back = "answers again";

    [Fact]
    public async Task A_server_that_hangs_stops_no_training_and_is_told_on()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train([.. ControlledTraining.Endless, "--timeout", "1"]);
        var before = (long)(await training.UntilFurtherAsync())["current_step"]!;

        training.Server.Process.Signal("STOP");
        await worker.LineAsync(Away);
        training.Server.Process.Signal("CONT");
        await worker.LineAsync(Back);

        Assert.True((long)(await training.RunAsync())["current_step"]! > before);
        await AssertObeysAsync(training);
        var (exitCode, _, errors) = await worker.EndAsync();
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(
            ["queued", "provisioning", "running", "paused", "running", "terminating", "terminated"], await training.PathAsync());
    }

    [Fact]
    public async Task A_server_that_forgot_the_run_stops_no_training_until_another_worker_may_have_it()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train(ControlledTraining.Endless);
        await training.UntilFurtherAsync();

        await training.KillServerAsync();
        await worker.LineAsync(Away);
        await training.StartServerAsync();
        Assert.Contains("after 600 s the run counts as lost", await worker.LineAsync("does not know the run"), StringComparison.Ordinal);
        await training.CreateRunAsync();

        // The new run of that id was not handed to this worker.
        var (exitCode, output, _) = await worker.EndAsync();
        Assert.Equal(3, exitCode);
        Assert.Contains("lost: stale_attempt", output, StringComparison.Ordinal);
        Assert.Equal(["queued"], await training.PathAsync());
    }

    [Fact]
    public async Task A_worker_waits_for_a_server_that_is_not_there_yet()
    {
        await using var training = await ControlledTraining.StartAsync();
        await training.KillServerAsync();
        var worker = training.Train("--steps", "10");
        Assert.Contains("Connection refused", await worker.LineAsync("is repeated until it does"), StringComparison.Ordinal);

        await training.StartServerAsync();
        await training.CreateRunAsync();

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        Assert.Equal("completed", (string?)(await training.RunAsync())["state"]);
    }

    private static async Task AssertObeysAsync(ControlledTraining training)
    {
        await training.CommandAsync("hold", "pause");
        await training.UntilStateAsync("paused");
        await training.CommandAsync("on", "resume");
        await training.UntilStateAsync("running");
        await training.UntilFurtherAsync();
        await training.CommandAsync("end", "terminate", """{"reason":"enough"}""");
        await training.UntilStateAsync("terminated");
    }
}
