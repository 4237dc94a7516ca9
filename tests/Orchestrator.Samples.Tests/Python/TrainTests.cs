using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Tests.Python;

public sealed class TrainTests
{
    [Fact]
    public async Task A_training_ends_completed_with_its_last_numbers()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train("--steps", "250", "--worker-id", "w1");

        var (exitCode, output, errors) = await worker.EndAsync();

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("r1: completed at step 250", output, StringComparison.Ordinal);
        var run = await training.RunAsync();
        Assert.Equal(("completed", 1, "w1"), ((string?)run["state"], (int?)run["attempt"], (string?)run["worker_id"]));
        Assert.Equal((250, 3), ((long?)run["current_step"], (long?)run["checkpoint_version"]));
        Assert.InRange((double)run["loss"]!, 0, 0.1);
        var checkpoint = await training.CheckpointAsync();
        Assert.Equal((250, 3), ((long?)checkpoint["step"], (long?)checkpoint["version"]));
        Assert.Equal([2.0, -3.0, 0.5], checkpoint["weights"]!.AsArray().Select(weight => Math.Round((double)weight! * 2) / 2));
        Assert.Equal(["queued", "provisioning", "running", "completed"], await training.PathAsync());
    }

    [Fact]
    public async Task Every_run_has_a_checkpoint_of_its_own_and_its_first_attempt_begins_anew()
    {
        await using var training = await ControlledTraining.StartAsync();
        Assert.Equal(0, (await training.Train("--steps", "50").EndAsync()).ExitCode);

        await training.CreateRunAsync("r2");
        var (_, another, _) = await training.Train("--steps", "50").EndAsync();
        await training.KillServerAsync();
        await training.StartServerAsync();
        await training.CreateRunAsync(); // of the same name, in a server that has forgotten the first one
        var (_, again, _) = await training.Train("--steps", "50").EndAsync();

        Assert.Contains("r2: attempt 1 begins at step 0", another, StringComparison.Ordinal);
        Assert.Contains("r1: attempt 1 begins at step 0", again, StringComparison.Ordinal);
        Assert.Equal(1, (int?)(await training.CheckpointAsync())["version"]);
    }

    [Fact]
    public async Task Pause_tune_resume_and_terminate_are_obeyed_and_acknowledged()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train(ControlledTraining.Endless);
        await training.UntilFurtherAsync();

        await training.CommandAsync("hold", "pause");
        var held = await training.UntilAsync(run => (string?)run["runtime_status"] == "paused", "runtime status paused");
        Assert.Equal("paused", (string?)held["state"]);
        await training.CommandAsync("slower", "tune", """{"learning_rate":0.01,"notes":"plateau"}""");
        await training.UntilAsync(run => (double?)run["tuned"]!["learning_rate"] == 0.01, "tuned");
        await training.CommandAsync("other", "tune", """{"entropy_coef":0.01}""");
        var beats = (long)(await training.RunAsync())["heartbeats"]!;
        var still = await training.UntilAsync(run => (long)run["heartbeats"]! >= beats + 3, "three heartbeats of a paused run");
        Assert.Equal(((long?)held["current_step"], 0.0), ((long?)still["current_step"], (double?)still["samples_per_sec"]));

        await training.CommandAsync("on", "resume");
        await training.UntilStateAsync("running");
        Assert.Equal(0.01, (double?)(await training.UntilFurtherAsync())["metrics"]!["learning_rate"]);

        await training.CommandAsync("end", "terminate", """{"reason":"enough","final_checkpoint":true}""");
        var (exitCode, output, _) = await worker.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("terminated: enough", output, StringComparison.Ordinal);
        var ended = await training.RunAsync();
        var checkpoint = await training.CheckpointAsync();
        Assert.Equal(("terminated", "terminated"), ((string?)ended["state"], (string?)ended["end_reason"]));
        Assert.Equal(((long?)ended["current_step"], (long?)ended["checkpoint_version"]), ((long?)checkpoint["step"], (long?)checkpoint["version"]));
        Assert.Equal(["hold applied", "slower applied", "other rejected", "on applied", "end applied"], await training.CommandStatusesAsync());
        Assert.Equal(
            ["queued", "provisioning", "running", "paused", "running", "terminating", "terminated"], await training.PathAsync());
    }

    [Fact]
    public async Task A_paused_training_that_is_terminated_ends()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train(ControlledTraining.Endless);
        await training.UntilStateAsync("running");
        await training.CommandAsync("hold", "pause");
        await training.UntilStateAsync("paused");

        await training.CommandAsync("end", "terminate", """{"reason":"enough"}""");

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        Assert.Equal("terminated", (string?)(await training.RunAsync())["end_reason"]);
    }

    [Fact]
    public async Task A_loss_that_is_no_number_is_reported_and_ends_no_training()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train([.. ControlledTraining.Endless, "--diverge"]);

        var diverged = await training.UntilAsync(run => run["loss"]?.ToString() == "NaN", "loss NaN");
        await training.UntilFurtherAsync();

        Assert.Equal(("running", "healthy"), ((string?)diverged["state"], (string?)diverged["health_status"]));
        await training.CommandAsync("end", "terminate", """{"reason":"diverged"}""");
        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        var run = await training.RunAsync();
        Assert.Equal(("terminated", "NaN"), ((string?)run["state"], (string?)run["loss"]));
        Assert.Null(run["last_refusal"]);
    }

    [Fact]
    public async Task Sigterm_hands_the_run_back_and_the_next_worker_goes_on_exactly_where_it_was()
    {
        await using var training = await ControlledTraining.StartAsync();
        var first = training.Train(["--worker-id", "w1", .. ControlledTraining.Endless]);
        await training.UntilFurtherAsync();

        first.Terminate();

        Assert.Equal(75, (await first.EndAsync()).ExitCode);
        var run = await training.RunAsync();
        var checkpoint = await training.CheckpointAsync();
        Assert.Equal(("queued", 2, 0), ((string?)run["state"], (int?)run["attempt"], (int?)run["current_step"]));
        Assert.Equal(
            ((long?)checkpoint["step"], (long?)checkpoint["version"]), ((long?)run["resume_point"]!["step"], (long?)run["resume_point"]!["version"]));
        await AssertGoesOnToTheSameEndAsync(training, (long)checkpoint["step"]!, "--worker-id", "w2");
    }

    [Fact]
    public async Task Sigterm_during_a_pause_hands_the_run_back()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train(ControlledTraining.Endless);
        await training.UntilStateAsync("running");
        await training.CommandAsync("hold", "pause");
        await training.UntilStateAsync("paused");

        worker.Terminate();

        Assert.Equal(75, (await worker.EndAsync()).ExitCode);
        Assert.Equal(["queued", "provisioning", "running", "paused", "queued"], await training.PathAsync());
    }

    [Fact]
    public async Task A_pause_and_a_tune_hold_for_the_next_worker_before_its_first_step()
    {
        await using var training = await ControlledTraining.StartAsync();
        var first = training.Train(ControlledTraining.Endless);
        await training.UntilFurtherAsync();
        await training.CommandAsync("slower", "tune", """{"learning_rate":0.01}""");
        await training.UntilAsync(run => (double?)run["tuned"]!["learning_rate"] == 0.01, "tuned");
        await training.CommandAsync("hold", "pause");
        await training.UntilStateAsync("paused");
        first.Terminate();
        Assert.Equal(75, (await first.EndAsync()).ExitCode);

        var second = training.Train(ControlledTraining.Endless);

        var held = await training.UntilAsync(run => (string?)run["runtime_status"] == "paused", "runtime status paused");
        Assert.Equal((2, 0, 0.01), ((int?)held["attempt"], (long?)held["current_step"], (double?)held["tuned"]!["learning_rate"]));
        await training.CommandAsync("end", "terminate", """{"reason":"enough"}""");
        Assert.Equal(0, (await second.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("attach")]
    [InlineData("takeover")]
    [InlineData("operator")]
    public async Task After_a_kill_a_new_attempt_goes_on_from_the_checkpoint(string begun)
    {
        await using var training = await ControlledTraining.StartAsync();
        var first = training.Train([.. ControlledTraining.Endless, "--checkpoint-every", "20", "--worker-id", "w1"]);
        await training.UntilAsync(run => (long)run["checkpoint_version"]! >= 2, "checkpoint 2");
        first.Kill();
        await first.EndAsync();
        var saved = (long)(await training.CheckpointAsync())["step"]!;

        if (begun == "attach")
        {
            // A scheduler starts the worker again: it begins the attempt itself.
            await AssertGoesOnToTheSameEndAsync(training, saved, "--run", "r1");
        }
        else if (begun == "takeover")
        {
            await AssertGoesOnToTheSameEndAsync(training, saved, "--worker-id", "w1", "--takeover");
        }
        else
        {
            await training.Server.PostAsync("api/v1/runs/r1/attempts", """{"actor":{"type":"operator","id":"ada"},"reason":"worker lost"}""");
            await AssertGoesOnToTheSameEndAsync(training, saved);
        }
    }

    [Fact]
    public async Task A_worker_whose_run_was_given_to_another_stops_and_writes_nothing()
    {
        await using var training = await ControlledTraining.StartAsync();
        var worker = training.Train([.. ControlledTraining.Endless, "--checkpoint-every", "1000000000"]);
        await training.UntilFurtherAsync();

        await training.Server.PostAsync("api/v1/runs/r1/attempts", """{"actor":{"type":"operator","id":"ada"}}""");

        var (exitCode, output, _) = await worker.EndAsync();
        Assert.Equal(3, exitCode);
        Assert.Contains("lost: stale_attempt", output, StringComparison.Ordinal);
        Assert.False(File.Exists(training.CheckpointPath));
        var run = await training.RunAsync();
        Assert.Equal(("queued", 2), ((string?)run["state"], (int?)run["attempt"]));
    }

    /// <summary>What goes on from a checkpoint ends with the same weights, bit for bit, as what was never interrupted.</summary>
    private static async Task AssertGoesOnToTheSameEndAsync(ControlledTraining training, long saved, params string[] args)
    {
        var steps = (saved + 300).ToString(CultureInfo.InvariantCulture);
        var next = training.Train(["--steps", steps, .. args]);

        var (exitCode, output, _) = await next.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains($"attempt 2 begins at step {saved}", output, StringComparison.Ordinal);
        var run = await training.RunAsync();
        Assert.Equal(("completed", 2, steps), ((string?)run["state"], (int?)run["attempt"], run["current_step"]!.ToString()));
        Assert.Null(run["last_refusal"]);

        await using var undisturbed = await ControlledTraining.StartAsync();
        Assert.Equal(0, (await undisturbed.Train("--steps", steps).EndAsync()).ExitCode);
        Assert.True(JsonNode.DeepEquals((await undisturbed.CheckpointAsync())["weights"], (await training.CheckpointAsync())["weights"]));
    }
}
