using System.Text.Json.Nodes;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>How a run comes into the hands of a worker, and when its block is entered.</summary>
public sealed class ClaimTests
{
    private const string Claim = """
        with orchestrator.claim(url, "w1") as run:
            print("block", run.attempt)
        """;

    [Fact]
    public async Task A_claim_whose_reply_is_lost_is_made_again_with_its_key_and_another_claim_has_another_key()
    {
        var claims = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/claim" && ++claims == 1 ? LoseReplyAsync(context) : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, $"{Claim}\n{Claim}");

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        var calls = await ClaimsAsync(control);
        Assert.Equal(3, calls.Count);
        Assert.Equal(Key(calls[0]) + calls[0].Body, Key(calls[1]) + calls[1].Body);
        Assert.NotEqual(Key(calls[1]), Key(calls[2]));
    }

    [Fact]
    public async Task Two_workers_of_one_name_have_two_runs()
    {
        await using var training = await ControlledTraining.StartAsync();
        await training.CreateRunAsync("r2");
        var program = training.Start("""
            with orchestrator.claim(url, "w1") as one, orchestrator.claim(url, "w1") as other:
                print(one.id, one.attempt, other.id, other.attempt, orchestrator.claim(url, "w1", wait=0))
            """);

        Assert.Equal((0, "r1 1 r2 1 None", ""), await program.EndAsync());
    }

    [Theory]
    [InlineData("token='two words'")]
    [InlineData(@"token='two\nlines'")]
    [InlineData("token='\u00e9'")]
    [InlineData(@"headers={'X-Team': 'a\r\nb'}")]
    public async Task A_credential_that_cannot_be_sent_is_refused_at_once(string credential)
    {
        await using var program = PythonProcess.Start(new Uri("http://localhost:1/"), $"orchestrator.claim(url, {credential})");

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("must be printable ASCII on one line", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stale_attempt")]
    [InlineData("idempotency_key_reused")]
    public async Task A_claim_whose_key_names_no_current_attempt_is_made_anew_with_another_key(string code)
    {
        var claims = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/claim" && ++claims == 1 ? RefuseAsync(context, 409, code) : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, Claim);

        Assert.Equal((0, "block 1", ""), await program.EndAsync());

        Assert.Equal(2, (await ClaimsAsync(control)).Select(Key).Distinct().Count());
    }

    [Fact]
    public async Task A_takeover_is_asked_for_by_the_first_claim_of_a_process_only_and_by_its_repetitions()
    {
        var claims = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path != "runs/claim" ? Task.FromResult(false) : ++claims switch
        {
            1 => RefuseAsync(context, 503, "store_unavailable"),
            2 => RefuseAsync(context, 409, "stale_attempt"),
            _ => Task.FromResult(false),
        };
        await using var program = PythonProcess.Start(control.Api, """
            for _ in range(2):
                with orchestrator.claim(url, "w1", takeover=True, offers={"gpu": "a100"}) as run:
                    pass
            """);

        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        var calls = await ClaimsAsync(control);
        Assert.Equal([true, true, null, null], calls.Select(call => (bool?)call.Body["takeover"]));
        Assert.All(calls, call => Assert.Equal("""{"gpu":"a100"}""", call.Body["offers"]!.ToJsonString()));
        Assert.All(calls, call => Assert.False(call.Body.ContainsKey("labels") || call.Body.ContainsKey("run_id")));
    }

    [Theory]
    [InlineData(409, "stale_attempt")]
    [InlineData(409, "run_ended")]
    [InlineData(404, "run_not_found")]
    public async Task A_run_that_is_lost_before_its_first_heartbeat_is_not_begun_and_another_one_is_claimed(int status, string code)
    {
        var (beats, claims) = (0, 0);
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path switch
        {
            "runs/r1/heartbeat" when ++beats == 1 => RefuseAsync(context, status, code),
            "runs/claim" => AnswerAsync(context, $$$"""{"run":{"id":"r1","attempt":{{{++claims}}}},"claim_id":"c{{{claims}}}"}"""),
            _ => Task.FromResult(false),
        };
        await using var program = PythonProcess.Start(control.Api, Claim);

        Assert.Equal((0, "block 2", ""), await program.EndAsync());

        var calls = await control.RestAsync();
        Assert.Equal(
            ["runs/claim", "runs/r1/heartbeat", "runs/claim", "runs/r1/heartbeat", "runs/r1/transitions"], calls.Select(call => call.Path));
        Assert.NotEqual(Key(calls[0]), Key(calls[2]));
        Assert.Equal("c2", (string?)calls[^1].Body["claim_id"]);
    }

    [Fact]
    public async Task The_first_heartbeat_measures_nothing_and_says_where_the_counters_of_the_attempt_begin()
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path != "runs/claim" ? Task.FromResult(false) : AnswerAsync(
            context, """{"run":{"id":"r1","attempt":2,"current_step":7,"checkpoint_version":3,"checkpoint_uri":"three"},"claim_id":"c2"}""");
        await using var program = PythonProcess.Start(control.Api, Claim);

        var beat = (await control.UntilAsync(request => request.Path == "runs/r1/heartbeat")).Body;

        var expected = """
            {"run_id":"r1","attempt":2,"claim_id":"c2","beat":1,"status":"running","step":7,"loss":null,"samples_per_sec":null,
             "checkpoint_version":3,"checkpoint_uri":"three"}
            """;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), beat), beat.ToJsonString());
        Assert.Equal(0, (await program.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_first_heartbeat_that_is_not_taken_in_time_ends_a_claim_that_waits_so_long_without_a_run()
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/heartbeat" ? RefuseAsync(context, 503, "store_unavailable") : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            print(orchestrator.claim(url, "w1", wait=0, options=orchestrator.Options(timeout=0.5)))
            """);

        var (exitCode, output, errors) = await program.EndAsync();

        Assert.Equal((0, "None"), (exitCode, output));
        Assert.Contains("its first heartbeat was not accepted in time", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_that_the_attempt_begins_with_holds_the_training_before_its_first_step()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.1}"""), Command("b", 2, "pause")];
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.check_control(lambda asked: print("tuned", asked))
                print("step")
            """);

        await control.UntilAsync(request => (string?)request.Body["status"] == "paused");
        await control.HeartbeatsAsync(3);
        Assert.Equal("", program.Output);
        control.Commands = [Command("c", 3, "resume")];

        Assert.Equal((0, "tuned {'learning_rate': 0.1}\nstep", ""), await program.EndAsync());
    }

    [Fact]
    public async Task A_worker_without_a_name_is_named_by_host_and_process()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import os, socket
            with orchestrator.claim(f" {url}\n", token="t0ken\n") as run:
                print(f"{socket.gethostname()}-{os.getpid()}")
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal(0, exitCode);
        var claim = Assert.Single(await ClaimsAsync(control));
        Assert.Equal((output, "Bearer t0ken"), ((string?)claim.Body["worker_id"], claim.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_claim_that_waits_while_its_name_holds_a_silent_run_says_so_once_and_how_to_take_it()
    {
        var claims = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) =>
        {
            if (request.Path == "runs")
            {
                return AnswerAsync(context, """
                    {"runs":[
                      {"id":"r7","attempt":1,"worker_id":"other","health_status":"unresponsive","last_heartbeat_at":"2026-01-01T00:00:00Z"},
                      {"id":"r8","attempt":1,"worker_id":"w1","health_status":"healthy","last_heartbeat_at":"2026-01-01T00:00:00Z"},
                      {"id":"r9","attempt":3,"worker_id":"w1","health_status":"unresponsive","last_heartbeat_at":"2026-01-02T03:04:05Z"}]}
                    """);
            }

            var isEmpty = request.Path == "runs/claim" && ++claims < 4;
            context.Response.StatusCode = isEmpty ? 204 : 200;
            return Task.FromResult(isEmpty);
        };
        await using var program = PythonProcess.Start(control.Api, Claim);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(0, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("The name w1 holds run r9, attempt 3, silent since 2026-01-02T03:04:05Z", line, StringComparison.Ordinal);
        Assert.Contains("takeover=True", line, StringComparison.Ordinal);
        Assert.Contains("/runs/r9/attempts", line, StringComparison.Ordinal);
        Assert.Single(await control.RestAsync(), request => request.Path == "runs");
    }

    [Theory]
    [InlineData(403, "{}")]
    [InlineData(200, """{"runs":[{"id":"r9"}]}""")]
    [InlineData(200, """{"runs":7}""")]
    public async Task A_claim_that_cannot_look_for_such_a_run_waits_in_silence(int status, string answer)
    {
        var claims = 0;
        await using var control = await StartAsync();
        control.Script = (context, request) =>
        {
            var isEmpty = request.Path == "runs/claim" && ++claims < 3;
            context.Response.StatusCode = request.Path == "runs" ? status : isEmpty ? 204 : 200;
            return request.Path == "runs" ? AnswerAsync(context, answer) : Task.FromResult(isEmpty);
        };
        await using var program = PythonProcess.Start(control.Api, Claim);

        Assert.Equal((0, "block 1", ""), await program.EndAsync());
        Assert.Single(await control.RestAsync(), request => request.Path == "runs");
    }

    [Fact]
    public async Task A_resume_point_is_handed_to_the_training()
    {
        await using var control = await StartAsync();
        const string claimed = """
            {"run":{"id":"r1","attempt":2,"resume_point":{"run_id":"r1","attempt":1,"version":3,"step":300,"uri":"s3://c/3","more":1}},"claim_id":"c2"}
            """;
        control.Script = (context, request) => request.Path == "runs/claim" ? AnswerAsync(context, claimed) : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1") as run:
                print(*run.resume_point)
            """);

        Assert.Equal((0, "r1 1 3 300 s3://c/3", ""), await program.EndAsync());
    }

    private static async Task<IReadOnlyList<Request>> ClaimsAsync(ScriptedControlPlane control) =>
        [.. (await control.RestAsync()).Where(request => request.Path == "runs/claim")];

    private static string Key(Request request) => request.Headers["Idempotency-Key"];
}
