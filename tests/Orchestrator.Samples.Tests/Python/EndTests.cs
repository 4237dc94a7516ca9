using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>What the end of a block says of its run, and with what the process ends.</summary>
public sealed class EndTests
{
    [Theory]
    [InlineData("pass", "completed", null, 0)]
    [InlineData("sys.exit()", "completed", null, 0)]
    [InlineData("sys.exit(0)", "completed", null, 0)]
    [InlineData("sys.exit(3)", "errored", "exit code 3", 3)]
    [InlineData("sys.exit('no data')", "errored", "exit code no data", 1)]
    [InlineData("raise ValueError('bad')", "errored", "ValueError: bad", 1)]
    [InlineData("raise Speechless()", "errored", "Speechless: (Speechless without a text)", 1)]
    [InlineData("run.fail('no data')", "failed", "no data", 0)]
    [InlineData("raise KeyboardInterrupt", "queued", "interrupted: KeyboardInterrupt", 130)]
    [InlineData("raise asyncio.CancelledError", "queued", "interrupted: CancelledError", 1)]
    [InlineData("run.interrupt(); run.check_control()", "queued", "interrupted: signal 15", 0)]
    [InlineData("run.interrupt(); raise RuntimeError('a loader died')", "queued", "interrupted: signal 15, then RuntimeError: a loader died", 1)]
    [InlineData("run.interrupt(); sys.exit(1)", "queued", "interrupted: signal 15, then SystemExit: 1", 1)]
    public async Task A_block_says_how_it_ended_and_the_process_ends_by_its_exception(string last, string state, string? reason, int exit)
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, $"""
            import asyncio, sys
            class Speechless(Exception):
                def __str__(self):
                    raise TypeError("no words")
            with orchestrator.claim(url, "w1") as run:
                run.report(1, 1.0)
                run.report(2, metrics=dict(accuracy=0.9))
                {last}
            """);

        var exitCode = (await program.EndAsync()).ExitCode;

        Assert.Equal(exit, exitCode);
        var end = Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body;
        Assert.Equal((state, reason), ((string?)end["to_state"], (string?)end["reason"]));
        Assert.Equal(state == "errored" ? reason : null, (string?)end["status_message"]);
        Assert.Equal((2, 1.0, 0.9), ((int?)end["final"]!["step"], (double?)end["final"]!["loss"], (double?)end["final"]!["metrics"]!["accuracy"]));
    }

    [Theory]
    [InlineData("interrupt()", "Interrupted", "queued", "handed_back")]
    [InlineData("check_control()", "Terminated", "terminated", "terminated")]
    public async Task An_end_of_the_loop_that_the_block_kept_to_itself_is_told_all_the_same(string call, string caught, string state, string outcome)
    {
        await using var control = await StartAsync();
        control.Commands = call.StartsWith("check", StringComparison.Ordinal) ? [Command("a", 1, "terminate", """{"reason":"enough"}""")] : [];
        await using var program = PythonProcess.Start(control.Api, $"""
            with orchestrator.claim(url, "w1") as run:
                try:
                    run.{call}
                    run.check_control()
                except orchestrator.{caught}:
                    pass  # writes the last checkpoint
            print(run.outcome)
            """);

        Assert.Equal((0, outcome, ""), await program.EndAsync());
        Assert.Equal(state, (string?)Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body["to_state"]);
    }

    [Fact]
    public async Task A_last_checkpoint_that_cannot_be_written_leaves_a_terminated_run_terminated()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "terminate", """{"reason":"enough","final_checkpoint":true}""")];
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1") as run:
                try:
                    run.check_control()
                except orchestrator.Terminated:
                    raise OSError("disk full")
            """);

        Assert.Equal(1, (await program.EndAsync()).ExitCode);
        var end = Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body;
        Assert.Equal(("terminated", "enough; then OSError: disk full"), ((string?)end["to_state"], (string?)end["reason"]));
    }

    [Fact]
    public async Task A_generator_that_is_closed_leaves_its_run_errored()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            def steps():
                global run
                with orchestrator.claim(url, "w1") as run:
                    while True:
                        yield
            generator = steps()
            next(generator)
            generator.close()
            print(run.outcome)
            """);

        Assert.Equal((0, "errored", ""), await program.EndAsync());
        var end = Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body;
        const string text = "the block was abandoned (GeneratorExit)";
        Assert.Equal(("errored", text, text), ((string?)end["to_state"], (string?)end["reason"], (string?)end["status_message"]));
    }

    [Fact]
    public async Task An_end_that_no_control_plane_takes_is_undelivered_and_says_what_an_operator_can_do()
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/transitions"
            ? RefuseAsync(context, 503, "store_unavailable", retryAfter: "3600")
            : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=orchestrator.Options(goodbye=2)) as run:
                pass
            print(run.outcome)
            """);

        var (exitCode, output, errors) = await program.EndAsync();

        Assert.Equal((0, "undelivered"), (exitCode, output));
        Assert.Contains("did not accept within 2 s that the run is completed", errors, StringComparison.Ordinal);
        Assert.Contains("runs/r1/transitions {\"to_state\": \"completed\"}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_says_to_come_back_in_an_hour_does_not_silence_the_end()
    {
        var ends = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/transitions" && ++ends == 1
            ? RefuseAsync(context, 503, "", retryAfter: "3600")
            : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=orchestrator.Options(goodbye=20)) as run:
                pass
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "completed"), (exitCode, output));
    }

    [Fact]
    public async Task An_end_is_tried_once_more_when_its_time_is_over()
    {
        var ends = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/transitions" && ++ends == 1
            ? RefuseAsync(context, 503, "", retryAfter: "3600")
            : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=orchestrator.Options(goodbye=0.5)) as run:
                pass
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "completed", 2), (exitCode, output, ends));
    }

    [Fact]
    public async Task A_process_that_was_forked_says_once_that_it_is_not_heard_waits_for_nothing_and_ends_nothing()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "pause")];
        await using var program = PythonProcess.Start(control.Api, """
            import os, threading
            def hold():
                try:
                    run.check_control()
                except orchestrator.Stop:
                    pass
            run = orchestrator.claim(url, "w1", options=options)
            holder = threading.Thread(target=hold)
            holder.start()
            while run._status != "paused":
                time.sleep(0.01)
            child = os.fork()
            if child == 0:
                with run:
                    for step in range(3):
                        run.check_control()
                        run.report(step, 1.0)
                print("child", run.complete(), run.outcome, flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            print("parent", run.fail("ended"), run.outcome)
            run.interrupt()
            os._exit(0)
            """);

        var (exitCode, output, errors) = await program.EndAsync();

        Assert.Equal((0, "child False None\nparent True failed"), (exitCode, output));
        Assert.Contains("was forked from the worker. Its reports are not sent", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions");
    }
}
