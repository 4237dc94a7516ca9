using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>The helper as programs use it.</summary>
public sealed class HelperTests
{
    private static readonly string[] Files = ["orchestrator.py", "train.py"];

    [Theory]
    [InlineData("README.md")]
    [InlineData("../../README.md")]
    public async Task The_worker_of_a_README_completes_a_run(string document)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(PythonProcess.Folder, document));
        var program = readme.Split("```python\n")[1].Split("```")[0];
        Assert.InRange(program.TrimEnd().Split('\n').Length, 1, 12);
        await using var training = await ControlledTraining.StartAsync();
        var address = training.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        Assert.Contains("http://localhost:5000", program, StringComparison.Ordinal);

        await using var worker = PythonProcess.Start(["-c", program.Replace("http://localhost:5000", address, StringComparison.Ordinal)]);

        Assert.Equal((0, "", ""), await worker.EndAsync());
        var run = await training.RunAsync();
        Assert.Equal(("completed", 1000, 0.001), ((string?)run["state"], (int?)run["current_step"], (double?)run["loss"]));
    }

    [Fact]
    public async Task Its_files_are_Python_3_9_and_need_the_standard_library_only()
    {
        // -S leaves out the packages that are installed; -W error refuses what Python warns of.
        await using var check = PythonProcess.Start(["-S", "-W", "error", "-c", $"""
            import ast, pathlib, sys
            assert sys.version_info >= (3, 9), sys.version
            for name in {string.Join(", ", Files.Select(file => $"'{file}'"))}:
                ast.parse(pathlib.Path(name).read_text(), name, feature_version=(3, 9))
            import orchestrator, train
            print("whole")
            """]);

        Assert.Equal((0, "whole", ""), await check.EndAsync());
    }

    [Fact]
    public async Task An_exception_in_the_block_is_the_error_of_the_run_with_its_last_numbers_and_leaves_the_block()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1") as run:
                run.report(7, 0.5, samples_per_sec=10.0, checkpoint_version=2, checkpoint_uri="file:///c2")
                1 / 0
            """);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("ZeroDivisionError", errors, StringComparison.Ordinal);
        var end = (await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body;
        Assert.Equal(
            ("errored", "ZeroDivisionError: division by zero", "ZeroDivisionError: division by zero"),
            ((string?)end["to_state"], (string?)end["reason"], (string?)end["status_message"]));
        Assert.Equal((1, "c1"), ((int?)end["attempt"], (string?)end["claim_id"]));
        Assert.Equal(
            """{"step":7,"loss":0.5,"samples_per_sec":10,"checkpoint_version":2,"checkpoint_uri":"file:///c2"}""",
            end["final"]!.ToJsonString().Replace("10.0", "10", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lambda asked: {'learning_rate': 0.05}", "applied", """{"learning_rate":0.05}""", null)]
    [InlineData("lambda asked: None", "applied", null, null)]
    [InlineData("lambda asked: {'learning_rate': None, 'other': 'fast'}", "applied", "{}", null)]
    [InlineData("lambda asked: 1", "applied", null, null)]
    [InlineData("lambda asked: int('x')", "rejected", null, "invalid literal for int() with base 10: 'x'")]
    [InlineData("lambda asked: asked['entropy_coef']", "rejected", null, "KeyError")]
    [InlineData("None", "rejected", null, "This worker cannot be tuned.")]
    public async Task A_tune_is_acknowledged_as_its_callback_answers(string callback, string outcome, string? applied, string? reason)
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.1,"notes":"text"}""")];
        await using var program = PythonProcess.Start(control.Api, $"""
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
                while True:
                    run.check_control({callback})
                    time.sleep(0.01)
            """);

        var ack = (await control.UntilAsync(request => request.Path == "runs/r1/commands/a/ack")).Body;

        Assert.Equal((outcome, applied, reason), ((string?)ack["outcome"], ack["applied"]?.ToJsonString(), (string?)ack["reason"]));
        Assert.Equal((1, 1, "c1"), ((int?)ack["step"], (int?)ack["attempt"], (string?)ack["claim_id"]));
    }

    [Fact]
    public async Task A_run_that_stays_unknown_is_lost_after_the_time_that_was_set()
    {
        await using var control = await StartAsync();
        var beats = 0;
        control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && ++beats > 1
            ? RefuseAsync(context, 404, "run_not_found")
            : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=orchestrator.Options(interval=0.05, not_found_for=0.1)) as run:
                run.report(1, 1.0)
                while True:
                    try:
                        run.check_control()
                    except orchestrator.RunLost as lost:
                        print("code", lost.code)
                        raise
                    time.sleep(0.01)
            print("outcome", run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "code run_not_found\noutcome lost"), (exitCode, output));
    }

    [Theory]
    [InlineData(200, "", "True completed")]
    [InlineData(409, "invalid_transition", "False refused")]
    public async Task Whether_the_end_was_taken_is_answered(int status, string code, string told)
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/transitions" ? RefuseAsync(context, status, code) : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                print(run.complete(), run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, told), (exitCode, output));
    }

    [Fact]
    public async Task A_claim_ends_without_a_run_when_it_has_waited_and_with_an_error_when_it_is_refused()
    {
        await using var control = await StartAsync();
        var asked = 0;
        control.Script = (context, _) =>
        {
            context.Response.StatusCode = 204;
            return asked++ == 0 ? Task.FromResult(true) : RefuseAsync(context, 403, "", message: "The key of\nthis worker may not claim.");
        };
        await using var program = PythonProcess.Start(control.Api, """
            print(orchestrator.claim(url, "w1", {"team": "vision"}, wait=0))
            try:
                orchestrator.claim(url, "w1")
            except orchestrator.OrchestratorError as refused:
                print(refused)
            """);

        Assert.Equal((0, "None\nthe control plane refused: 403: The key of this worker may not claim.", ""), await program.EndAsync());
        var claim = await control.UntilAsync(request => request.Path == "runs/claim");
        Assert.Equal("""{"worker_id":"w1","labels":{"team":"vision"},"wait":0}""", claim.Body.ToJsonString().Replace("0.0", "0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_the_training_forked_still_ends_by_sigterm()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import multiprocessing
            forked = multiprocessing.get_context("fork")
            ready = forked.Event()
            def load():
                ready.set()
                time.sleep(600)
            with orchestrator.claim(url, "w1") as run:
                loader = forked.Process(target=load)
                loader.start()
                ready.wait()
                loader.terminate()
                loader.join()
                print(loader.exitcode)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "-15"), (exitCode, output));
        Assert.Equal("completed", (string?)(await control.UntilAsync(request => request.Path == "runs/r1/transitions")).Body["to_state"]);
    }

    [Fact]
    public async Task While_one_thread_is_paused_the_others_are_too_and_all_learn_of_the_end()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "pause")];
        await using var program = PythonProcess.Start(control.Api, """
            import itertools, threading
            steps = itertools.count(2)
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
                ends = []
                def work():
                    try:
                        while True:
                            run.check_control()
                            run.report(next(steps), 1.0)
                            time.sleep(0.01)
                    except orchestrator.Terminated as end:
                        ends.append((end.reason, end.final_checkpoint))
                workers = [threading.Thread(target=work) for _ in range(3)]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                print(ends)
                run.fail("ended")
            """);
        // No thread takes another step.
        await control.UntilAsync(_ => control.Seen.Where(seen => seen.Path == "runs/r1/heartbeat").TakeLast(5).ToList() is { Count: 5 } beats
            && beats.TrueForAll(beat => (string?)beat.Body["status"] == "paused" && (long?)beat.Body["step"] == (long?)beats[0].Body["step"]));

        control.Commands = [Command("b", 2, "terminate", """{"reason":"enough","final_checkpoint":true}""")];

        Assert.Equal((0, "[('enough', True), ('enough', True), ('enough', True)]", ""), await program.EndAsync());
    }

    [Fact]
    public async Task A_gateway_that_says_to_come_back_in_an_hour_silences_no_worker_for_longer_than_30_seconds()
    {
        await using var program = PythonProcess.Start(["-c", """
            import orchestrator, time
            pace = orchestrator._Pace()
            pace.fail(orchestrator._seconds("3600"))
            print(pace.not_before - time.monotonic() <= 30, orchestrator._seconds("Fri, 31 Dec 2100 23:59:59 GMT"))
            """]);

        Assert.Equal((0, "True 30.0", ""), await program.EndAsync());
    }

    [Theory]
    [InlineData("ftp://host/")]
    [InlineData("http://user:secret@host/")]
    [InlineData("host:5000")]
    [InlineData("http://ho st/")]
    [InlineData("http://host/api\\n/v1")]
    public async Task An_address_that_is_none_or_has_a_password_is_refused(string url)
    {
        await using var program = PythonProcess.Start(["-c", $"import orchestrator\norchestrator.claim('{url}', 'w1')"]);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("ValueError: url must be", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https+http", "http")]
    [InlineData("http+https", "http")]
    [InlineData("https+http", "https")]
    public async Task An_address_of_service_discovery_is_resolved_by_the_environment(string scheme, string found)
    {
        await using var control = await StartAsync();
        var address = control.Address.GetLeftPart(UriPartial.Authority) + "\n";
        await using var program = PythonProcess.Start(
            ["-c", $"import orchestrator\nwith orchestrator.claim('{scheme}://runs/api/v1', 'w1') as run:\n    print(run.id)"],
            ($"services__runs__{found}__0", address));

        Assert.Equal((0, "r1", ""), await program.EndAsync());
    }

    [Theory]
    [InlineData("https+http://runs:5000/api/v1", "https://runs:5000/api/v1/")]
    [InlineData(" http+https://runs/api/v1/\\n", "http://runs/api/v1/")]
    public async Task An_address_that_the_environment_does_not_resolve_has_its_first_scheme(string url, string read)
    {
        await using var program = PythonProcess.Start(["-c", $"import orchestrator\nprint(orchestrator._address('{url}'))"]);

        Assert.Equal((0, read, ""), await program.EndAsync());
    }

    [Fact]
    public async Task Blanks_around_a_header_are_trimmed()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(["-c", $$"""
            import orchestrator
            with orchestrator.claim('{{control.Api}}', 'w1', headers={'X-Team ': ' vision\n'}):
                pass
            """]);

        Assert.Equal((0, "", ""), await program.EndAsync());
        var headers = (await control.UntilAsync(request => request.Path == "runs/claim")).Headers;
        Assert.Equal("vision", headers["X-Team"]);
    }

    [Theory]
    [InlineData("headers={'X-Key': 'se\\ncret'}", "header X-Key must be printable ASCII on one line")]
    [InlineData("headers={'X Key': 'secret'}", "the name of a header must be letters, digits and dashes")]
    public async Task A_header_that_cannot_be_sent_is_refused_at_once_and_not_quoted(string argument, string text)
    {
        await using var program = PythonProcess.Start(["-c", $"import orchestrator\nurl = 'http://127.0.0.1:1'\norchestrator.claim(url, 'w1', {argument})"]);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal($"ValueError: {text}", errors.TrimEnd().Split('\n')[^1]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("proxies={}", false)]
    public async Task The_proxy_of_the_environment_is_used_unless_it_is_switched_off(string option, bool isUsed)
    {
        await using var proxy = await StartAsync();
        await using var control = await StartAsync();
        var refusal = (Microsoft.AspNetCore.Http.HttpContext context, Request _) => RefuseAsync(context, 403, "");
        (proxy.Script, control.Script) = (refusal, refusal);
        await using var program = PythonProcess.Start(
            ["-c", $"import orchestrator\norchestrator.claim('{control.Api}', 'w1', options=orchestrator.Options({option}))"],
            ("http_proxy", proxy.Address.ToString()), ("no_proxy", ""));

        Assert.Equal(1, (await program.EndAsync()).ExitCode);

        await (isUsed ? proxy : control).UntilAsync(request => request.Path.EndsWith("runs/claim", StringComparison.Ordinal));
    }
}
