using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>Numbers and words that would be refused as they are: they silence no worker, and lose no end.</summary>
public sealed class NumbersTests
{
    [Fact]
    public async Task A_training_that_goes_back_is_told_with_its_highest_step_and_checkpoint_until_it_has_caught_up()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.1}""")];
        await using var program = PythonProcess.Start(control.Api, """
            told = []
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(10, 1.0, 1.0, 2, checkpoint_uri="two")
                while not told:  # a command comes with the answer to a heartbeat
                    run.check_control(told.append)
                    time.sleep(0.01)
                run.report(4, 0.5, 1.0, 1, checkpoint_uri="one")
            print(run.outcome)
            """);

        Assert.Equal((0, "completed", ""), await program.EndAsync());

        var final = (await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject();
        AssertTold(final, 10, 2);
        Assert.Equal(0.5, (double?)final["loss"]);
    }

    [Fact]
    public async Task A_worker_without_the_checkpoint_of_its_attempt_is_told_where_the_attempt_began()
    {
        await using var control = await StartAsync();
        control.Script = async (context, request) =>
        {
            var isClaim = request.Path == "runs/claim";
            if (isClaim)
            {
                await context.Response.WriteAsync("""{"run":{"id":"r1","attempt":2,"current_step":100,"checkpoint_version":3}}""");
            }

            return isClaim;
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0, 1.0, 0)
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/heartbeat")).Body, 100, 3);
        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject(), 100, 3);
    }

    [Fact]
    public async Task Where_the_control_plane_is_further_the_same_is_told_from_there()
    {
        var (beats, ends) = (0, 0);
        await using var control = await StartAsync();
        control.Script = (context, request) =>
        {
            var call = request.Path switch { "runs/r1/heartbeat" => ++beats, "runs/r1/transitions" => 10 * ++ends, _ => 0 };
            control.Commands = beats > 3 ? [Command("a", 1, "terminate", """{"reason":"enough"}""")] : [];
            return call switch
            {
                2 => RefuseAsync(context, 409, "step_regression", current: 50),
                3 => RefuseAsync(context, 409, "checkpoint_regression", current: 7),
                10 => RefuseAsync(context, 409, "step_regression", current: 60),
                _ => Task.FromResult(false),
            };
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0, 1.0, 0)
                while True:
                    run.check_control()
                    time.sleep(0.01)
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "terminated"), (exitCode, output));
        AssertTold((await control.UntilAsync(request => (int?)request.Body["beat"] == 4)).Body, 50, 7);
        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject(), 50, 7);
        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject(), 60, 7);
    }

    [Fact]
    public async Task An_only_heartbeat_that_is_refused_is_made_again_before_the_end()
    {
        var beats = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && ++beats == 1
            ? RefuseAsync(context, 409, "step_regression", current: 50)
            : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0, 1.0, 0)
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        AssertTold((await control.UntilAsync(request => (int?)request.Body["beat"] == 2)).Body, 50, 0);
        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject(), 50, 0);
    }

    [Fact]
    public async Task Of_too_many_metrics_the_first_are_told_and_a_negative_rate_as_none()
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start("""
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(-1, 1.0, -1.0, 2**60, metrics={f"m{number}": number for number in range(70)})
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        var run = await training.RunAsync();
        Assert.Equal(("completed", 0, 0.0), ((string?)run["state"], (int?)run["current_step"], (double?)run["samples_per_sec"]));
        Assert.Equal((64, 63), (run["metrics"]!.AsObject().Count, (int?)run["metrics"]!["m63"]));
        Assert.Equal((1L << 53) - 1, (long?)run["checkpoint_version"]);
        Assert.Null(run["last_refusal"]);
    }

    [Theory]
    [InlineData("checkpoint_uri='u' * 3000")]
    [InlineData(@"metrics={'\0': 1.0}")]
    [InlineData(@"metrics={'\ud800': 1.0}")]
    [InlineData("metrics={'m' * 40000: 1.0}")]
    public async Task What_cannot_be_told_is_left_out_and_the_rest_is_heard(string extra)
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start($"""
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(5, 0.5, 1.0, 1, {extra})
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "completed"), (exitCode, output));
        var run = await training.RunAsync();
        Assert.Equal(("completed", 5, 0.5, 1), ((string?)run["state"], (int?)run["current_step"], (double?)run["loss"], (int?)run["heartbeats"]));
    }

    [Fact]
    public async Task The_words_of_an_exception_that_no_store_can_keep_fail_the_run_all_the_same()
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start("""
            with orchestrator.claim(url, "w1", options=options) as run:
                raise ValueError("bad\0byte\ud800" + "x" * 5000)
            """);

        Assert.Equal(1, (await program.EndAsync()).ExitCode);

        Assert.Equal("failed", (string?)(await training.RunAsync())["state"]);
        var end = (await training.Server.GetAsync("api/v1/runs/r1/transitions"))["transitions"]!.AsArray()[^1]!;
        Assert.StartsWith("ValueError: bad\uFFFDbyte\uFFFDxxx", (string?)end["reason"], StringComparison.Ordinal);
    }

    private static void AssertTold(JsonObject numbers, long step, long checkpointVersion)
    {
        Assert.Equal((step, checkpointVersion), ((long?)numbers["step"], (long?)numbers["checkpoint_version"]));
        Assert.Null(numbers["checkpoint_uri"]); // that of another checkpoint would be wrong
    }
}
