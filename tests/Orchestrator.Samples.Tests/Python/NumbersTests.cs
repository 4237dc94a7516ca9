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
        control.Script = (_, request) =>
        {
            control.Commands = (int?)request.Body["step"] == 10 ? [Command("a", 1, "tune", """{"learning_rate":0.1}""")] : [];
            return Task.FromResult(false);
        };
        await using var program = PythonProcess.Start(control.Api, """
            told = []
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(10, 1.0, checkpoint_version=2, checkpoint_uri="two")
                while not told:  # a command comes with the answer to a heartbeat
                    run.check_control(told.append)
                    time.sleep(0.01)
                run.report(4, 0.5, checkpoint_version=1, checkpoint_uri="one")
            print(run.outcome)
            """);

        Assert.Equal((0, "completed", ""), await program.EndAsync());

        var final = (await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject();
        AssertTold(final, 10, 2, "two");
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
                await context.Response.WriteAsync("""{"run":{"id":"r1","attempt":2,"current_step":100,"checkpoint_version":3,"checkpoint_uri":"three"}}""");
            }

            return isClaim;
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/heartbeat")).Body, 100, 3, "three");
        AssertTold((await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["final"]!.AsObject(), 100, 3, "three");
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
                run.report(1, 1.0)
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
                run.report(1, 1.0)
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
                run.report(-1, 1.0, samples_per_sec=-1.0, checkpoint_version=2**60, metrics={f"m{number}": number for number in range(70)})
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

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
                run.report(5, 0.5, samples_per_sec=1.0, checkpoint_version=1, {extra})
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "completed"), (exitCode, output));
        var run = await training.RunAsync();
        Assert.Equal(("completed", 5, 0.5, 1), ((string?)run["state"], (int?)run["current_step"], (double?)run["loss"], (int?)run["heartbeats"]));
    }

    [Fact]
    public async Task The_words_of_an_exception_that_no_store_can_keep_are_told_without_what_cannot_be_kept()
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start("""
            with orchestrator.claim(url, "w1", options=options) as run:
                raise ValueError("bad\0byte\ud800" + "x" * 5000)
            """);

        Assert.Equal(1, (await program.EndAsync()).ExitCode);

        var run = await training.RunAsync();
        Assert.Equal(("errored", 4096), ((string?)run["state"], ((string)run["status_message"]!).Length));
        var end = (await training.Server.GetAsync("api/v1/runs/r1/transitions"))["transitions"]!.AsArray()[^1]!;
        Assert.StartsWith("ValueError: bad\uFFFDbyte\uFFFDxxx", (string?)end["reason"], StringComparison.Ordinal);
        Assert.EndsWith("x\u2026", (string?)end["reason"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loss=None", 3, null)]
    [InlineData("loss='high'", 3, null)]
    [InlineData("loss=b'1'", 3, null)]
    [InlineData("loss=[1.0]", 3, null)]
    [InlineData("loss=10**400", 3, null)]
    [InlineData("loss=Item(0.25)", 3, 0.25)]
    [InlineData("loss=Item([1])", 3, null)]
    [InlineData("loss=decimal.Decimal('0.25')", 3, 0.25)]
    [InlineData("loss=True", 3, 1.0)]
    [InlineData("loss=Hostile()", 3, null)]
    [InlineData("loss=0.25, samples_per_sec=Hostile(), samples=Hostile()", 3, 0.25)]
    [InlineData("loss=0.25, samples=float('nan')", 3, 0.25)]
    [InlineData("loss=0.25, checkpoint_version='two', checkpoint_uri=Hostile()", 3, 0.25)]
    [InlineData("loss=0.25, metrics=7", 3, 0.25)]
    [InlineData("loss=0.25, metrics=Hostile()", 3, 0.25)]
    [InlineData("loss=0.25, metrics={'nested': {'a': 1}, 'text': 'x', 'none': None, Hostile(): 1, 'kept': 5}", 3, 0.25)]
    public async Task Nothing_that_a_training_reports_ends_it_and_what_can_be_sent_is_sent(string report, long step, double? loss)
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start($"""
            import decimal
            class Item:
                def __init__(self, value):
                    self.value = value
                def item(self):
                    return self.value
            class Hostile:
                def __getattr__(self, name):
                    raise RuntimeError(name)
                def __str__(self):
                    raise KeyError("no text")
                def __float__(self):
                    raise OSError("no number")
                __int__ = __float__
            with orchestrator.claim(url, "w1", options=options) as run:
                for _ in range(3):
                    run.report(3, {report})
                while run._sent is not run._report:  # a heartbeat has it
                    time.sleep(0.01)
            """);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("Traceback", errors, StringComparison.Ordinal);
        var run = await training.RunAsync();
        Assert.Equal(("completed", step, loss), ((string?)run["state"], (long?)run["current_step"], (double?)run["loss"]));
        Assert.Null(run["last_refusal"]);
        Assert.Equal(errors.Split('\n').Distinct().Count(), errors.Split('\n').Length); // each is logged once
        if (report.Contains("kept", StringComparison.Ordinal))
        {
            Assert.Equal("""{"kept":5}""", run["metrics"]!.ToJsonString());
            Assert.Contains("metrics['nested'] cannot be sent (dict)", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("None")]
    [InlineData("'four'")]
    [InlineData("float('nan')")]
    public async Task A_step_that_is_none_leaves_the_one_before(string step)
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, $"""
            with orchestrator.claim(url, "w1") as run:
                run.report(3)
                run.report({step}, 0.5)
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);
        var final = Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body["final"]!;
        Assert.Equal((3, 0.5), ((int?)final["step"], (double?)final["loss"]));
    }

    [Fact]
    public async Task Metrics_that_another_thread_changes_meanwhile_are_read_again()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            class Changing(dict):
                left = 3
                def items(self):
                    for item in super().items():
                        if Changing.left > 0:
                            Changing.left -= 1
                            self[f"m{Changing.left}"] = 1.0  # as another thread would
                        yield item
            with orchestrator.claim(url, "w1") as run:
                run.report(1, metrics=Changing(accuracy=0.9))
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());
        var final = Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body["final"]!;
        Assert.Equal(0.9, (double?)final["metrics"]!["accuracy"]);
    }

    [Fact]
    public async Task Samples_are_made_a_rate_and_what_was_not_measured_is_null()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1)
                while run._sent is not run._report:
                    time.sleep(0.01)
                run.report(2, samples=64)
                while run._sent is not run._report:
                    time.sleep(0.01)
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        var beats = (await control.RestAsync()).Where(request => request.Path == "runs/r1/heartbeat").Select(request => request.Body).ToList();
        Assert.All(beats, beat => Assert.True(beat.ContainsKey("loss") && beat["loss"] is null));
        Assert.All(beats, beat => Assert.Equal((int?)beat["step"] == 2, beat["samples_per_sec"] is not null));
        Assert.InRange((double)beats[^1]["samples_per_sec"]!, double.Epsilon, 64 * 1e6);
    }

    [Fact]
    public async Task Metrics_that_no_heartbeat_took_go_with_a_later_report_or_the_end()
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start("""
            with orchestrator.claim(url, "w1") as run:
                run.report(10, 0.5, checkpoint_version=1, checkpoint_uri="one", metrics={"accuracy": 0.9})
                run.report(11)
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        var run = await training.RunAsync();
        Assert.Equal((11, 0.5, 0.9), ((int?)run["current_step"], (double?)run["loss"], (double?)run["metrics"]!["accuracy"]));
        Assert.Equal((1, "one"), ((int?)run["checkpoint_version"], (string?)run["checkpoint_uri"]));
        Assert.NotNull(run["started_at"]);
    }

    [Fact]
    public async Task A_checkpoint_is_told_with_its_own_address_only()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                for checkpoint in (dict(checkpoint_version=1, checkpoint_uri="one"), dict(checkpoint_version=1), {}, dict(checkpoint_version=2)):
                    run.report(1, **checkpoint)
                    while run._sent is not run._report:
                        time.sleep(0.01)
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        var told = (await control.RestAsync()).Where(request => request.Path == "runs/r1/heartbeat")
            .Select(request => $"{request.Body["checkpoint_version"]} {request.Body["checkpoint_uri"]}").Distinct();
        Assert.Equal(["0 ", "1 one", "2 "], told);
    }

    [Fact]
    public async Task A_worker_whose_beats_count_for_duplicates_leaps_above_those_that_were_heard()
    {
        await using var control = await StartAsync();
        var heard = 5_000_000_000L;
        var count = 7;
        control.Script = (context, request) =>
        {
            if (request.Path != "runs/r1/heartbeat")
            {
                return request.Path == "runs/claim"
                    ? AnswerAsync(context, """{"run":{"id":"r1","attempt":1,"heartbeats":7},"claim_id":"c1"}""")
                    : Task.FromResult(false);
            }

            if ((long?)request.Body["beat"] > heard)
            {
                (heard, count) = ((long)request.Body["beat"]!, count + 1);
            }

            return AnswerAsync(context, $$$"""{"run":{"heartbeats":{{{count}}}},"commands":[]}""");
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(9)
                while run._sent is not run._report:
                    time.sleep(0.01)
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        var beats = (await control.RestAsync()).Where(request => request.Path == "runs/r1/heartbeat").Select(request => (long)request.Body["beat"]!).ToList();
        Assert.Equal(beats.Order().Distinct(), beats);
        Assert.Equal([1, 1001], beats.Take(2));
        Assert.True(count >= 9, $"{count}"); // the first one of the attempt, and the report
    }

    private static void AssertTold(JsonObject numbers, long step, long checkpointVersion, string? checkpointUri = null)
    {
        Assert.Equal((step, checkpointVersion), ((long?)numbers["step"], (long?)numbers["checkpoint_version"]));
        Assert.Equal(checkpointUri, (string?)numbers["checkpoint_uri"]); // that of another checkpoint would be wrong
    }
}
