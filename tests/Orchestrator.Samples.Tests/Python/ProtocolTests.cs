using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Processes;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>What the helper sends, and what it does about each answer.</summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-python-");
    private readonly HashSet<string> _paths = [];
    private ScriptedControlPlane _control = null!;

    public async ValueTask InitializeAsync() => _control = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Heartbeats_have_the_attempt_the_claim_and_a_beat_that_rises()
    {
        await using var worker = Train(ControlledTraining.Endless);

        await _control.HeartbeatsAsync(4);

        var beats = Bodies("runs/r1/heartbeat");
        Assert.Equal([1, 2, 3, 4], beats.Select(beat => (int)beat["beat"]!));
        Assert.All(beats, beat => Assert.Equal(
            ("r1", 1, "c1", "running"), ((string?)beat["run_id"], (int?)beat["attempt"], (string?)beat["claim_id"], (string?)beat["status"])));
    }

    [Fact]
    public async Task Acknowledgements_whose_replies_are_lost_are_sent_again_and_in_their_order()
    {
        _control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.2}"""), Command("b", 2, "tune", """{"learning_rate":0.3}""")];
        _control.Script = (context, request) => IsAck(request) && IsFirst(request) ? LoseReplyAsync(context) : Usual();
        await using var worker = Train(ControlledTraining.Endless);

        await _control.UntilAsync(request => IsAck(request, "b") && _control.Seen.Count(seen => seen.Path == request.Path) == 2);
        var acks = _control.Seen.Where(IsAck).ToList();

        Assert.Equal(["a", "a", "b", "b"], acks.Select(ack => ack.Path.Split('/')[3]));
        Assert.All(acks.GroupBy(ack => ack.Path), ack => Assert.Single(ack.Select(request => request.Body.ToJsonString()).Distinct()));
    }

    [Fact]
    public async Task A_command_that_comes_again_is_not_applied_again_and_is_acknowledged_as_before()
    {
        _control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.2}"""), Command("b", 2, "tune", """{"learning_rate":0.3}""")];
        await using var worker = Train(ControlledTraining.Endless);

        await _control.UntilAsync(request => IsAck(request, "b"));
        await _control.UntilAsync(request => IsAck(request, "a"));
        await _control.UntilAsync(request => IsAck(request, "b"));
        await _control.HeartbeatsAsync(2);

        Assert.Equal(0.3, (double)Bodies("runs/r1/heartbeat")[^1]["metrics"]!["learning_rate"]!);
        Assert.All(_control.Seen.Where(IsAck).GroupBy(ack => ack.Path), ack => Assert.Single(ack.Select(request => request.Body.ToJsonString()).Distinct()));
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("Fri, 31 Dec 2100 23:59:59 GMT")]
    public async Task Retry_after_is_obeyed_and_an_acknowledgement_that_waits_holds_up_no_heartbeat(string retryAfter)
    {
        _control.Commands = [Command("a", 1, "pause")];
        _control.Script = (context, request) => IsAck(request) ? RefuseAsync(context, 503, "store_unavailable", retryAfter) : Usual();
        await using var worker = Train(ControlledTraining.Endless);

        await _control.UntilAsync(request => IsAck(request, "a"));
        await _control.HeartbeatsAsync(20);

        Assert.Single(_control.Seen, IsAck);
        Assert.Equal("paused", (string?)Bodies("runs/r1/heartbeat")[^1]["status"]);
    }

    [Fact]
    public async Task A_throttled_worker_waits_as_long_as_it_is_told()
    {
        _control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.2}""")];
        _control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && !IsFirst(request)
            ? RefuseAsync(context, 429, "heartbeat_throttled", "1000")
            : IsAck(request) ? RefuseAsync(context, 503, "store_unavailable") : Usual();
        await using var worker = Train(ControlledTraining.Endless);

        // While an acknowledgement is tried again and again, many heartbeats would have been due.
        await _control.UntilAsync(request => IsAck(request) && _control.Seen.Count(IsAck) == 3);

        Assert.Equal(2, Bodies("runs/r1/heartbeat").Count);
    }

    [Fact]
    public async Task A_training_that_ends_while_it_is_throttled_says_so_without_another_heartbeat()
    {
        _control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && !IsFirst(request)
            ? RefuseAsync(context, 429, "heartbeat_throttled", "1000")
            : Usual();
        await using var worker = Train("--steps", "500", "--pace", "0.001");

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);

        Assert.Equal(["runs/claim", "runs/r1/heartbeat", "runs/r1/heartbeat", "runs/r1/transitions"], (await _control.RestAsync()).Select(request => request.Path));
    }

    [Fact]
    public async Task A_new_status_is_told_at_once()
    {
        _control.Commands = [Command("a", 1, "pause")];
        await using var worker = Train(ControlledTraining.Endless, "--interval", "1000");

        await _control.UntilAsync(request => (string?)request.Body["status"] == "paused");

        Assert.Equal(["running", "paused"], Bodies("runs/r1/heartbeat").Select(beat => (string?)beat["status"]));
        Assert.Single(_control.Seen, IsAck);
    }

    [Theory]
    [InlineData(404, "run_not_found")]
    [InlineData(404, "")]
    [InlineData(401, "")]
    [InlineData(429, "")]
    [InlineData(500, "")]
    [InlineData(422, "validation_failed")]
    public async Task No_refusal_of_a_heartbeat_stops_the_training(int status, string code)
    {
        var beats = 0;
        _control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && ++beats == 2 ? RefuseAsync(context, status, code) : Usual();
        await using var worker = Train(ControlledTraining.Endless);
        await _control.HeartbeatsAsync(3);

        var step = (long)Bodies("runs/r1/heartbeat")[^1]["step"]!;
        await _control.UntilAsync(request => (long?)request.Body["step"] > step);
    }

    [Fact]
    public async Task A_first_heartbeat_that_is_not_taken_is_made_again_before_the_training_begins()
    {
        _control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && IsFirst(request) ? RefuseAsync(context, 503, "store_unavailable") : Usual();
        await using var worker = Train("--steps", "10");

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);

        Assert.Equal(["runs/claim", "runs/r1/heartbeat", "runs/r1/heartbeat", "runs/r1/transitions"], (await _control.RestAsync()).Select(request => request.Path));
    }

    [Fact]
    public async Task An_end_that_is_refused_is_told_by_the_exit_code()
    {
        _control.Script = (context, request) => request.Path == "runs/r1/transitions" ? RefuseAsync(context, 409, "invalid_transition", message: "No.") : Usual();
        await using var worker = Train("--steps", "10");

        var (exitCode, output, _) = await worker.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("refused that the run is completed (409 invalid_transition: No.)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stale_attempt")]
    [InlineData("run_ended")]
    public async Task A_worker_that_lost_its_run_says_nothing_more(string code)
    {
        _control.Script = (context, request) => request.Path == "runs/r1/heartbeat" && !IsFirst(request) ? RefuseAsync(context, 409, code) : Usual();
        await using var worker = Train(ControlledTraining.Endless);

        var (exitCode, output, _) = await worker.EndAsync();

        Assert.Equal(3, exitCode);
        Assert.Contains($"lost: {code}", output, StringComparison.Ordinal);
        Assert.DoesNotContain(await _control.RestAsync(), request => request.Path == "runs/r1/transitions");
    }

    [Fact]
    public async Task The_end_whose_reply_is_lost_is_told_again_with_the_same_key()
    {
        _control.Script = (context, request) => request.Path == "runs/r1/transitions" && IsFirst(request) ? LoseReplyAsync(context) : Usual();
        await using var worker = Train("--steps", "10");

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);

        var ends = (await _control.RestAsync()).Where(request => request.Path == "runs/r1/transitions").ToList();
        Assert.Equal(2, ends.Count);
        Assert.Single(ends.Select(end => end.Headers["Idempotency-Key"] + end.Body.ToJsonString()).Distinct());
        Assert.Equal(("completed", 10), ((string?)ends[0].Body["to_state"], (int?)ends[0].Body["final"]!["step"]));
    }

    [Fact]
    public async Task A_run_is_handed_back_by_a_transition_with_its_last_checkpoint_and_begins_no_attempt()
    {
        await using var worker = Train([.. ControlledTraining.Endless, "--checkpoint-every", "5"]);
        await _control.UntilAsync(request => (long?)request.Body["checkpoint_version"] > 0);

        worker.Terminate();

        Assert.Equal(75, (await worker.EndAsync()).ExitCode);
        var rest = await _control.RestAsync();
        Assert.DoesNotContain(rest, request => request.Path == "runs/r1/attempts");
        var end = Assert.Single(rest, request => request.Path == "runs/r1/transitions").Body;
        Assert.Equal(("queued", "interrupted: signal 15", "c1"), ((string?)end["to_state"], (string?)end["reason"], (string?)end["claim_id"]));
        Assert.Null(end["resume_from"]);
        Assert.StartsWith("file:///", (string?)end["final"]!["checkpoint_uri"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_an_operator_ended_while_it_was_handed_back_is_told_to_be_terminated()
    {
        _control.Script = (context, request) => (string?)request.Body["to_state"] == "queued"
            ? RefuseAsync(context, 409, "invalid_transition", from: "terminating")
            : Usual();
        await using var worker = Train(ControlledTraining.Endless);
        await _control.HeartbeatsAsync(2);

        worker.Terminate();

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        var told = (await _control.RestAsync()).Where(request => request.Path == "runs/r1/transitions");
        Assert.Equal(["queued", "terminated"], told.Select(request => (string?)request.Body["to_state"]));
    }

    [Fact]
    public async Task A_token_goes_with_every_call_and_neither_into_the_output_nor_after_a_redirect()
    {
        const string secret = "s3cr3t-t0k3n";
        _control.Script = (context, request) =>
        {
            if (request.Path == "runs/r1/heartbeat" && !IsFirst(request))
            {
                context.Response.Redirect("/elsewhere");
                return Task.FromResult(true);
            }

            return Usual();
        };
        await using var worker = PythonProcess.Train(_control.Address, ["--checkpoints", _folder.FullName, .. ControlledTraining.Endless], ("ORCHESTRATOR_TOKEN", secret));

        await _control.HeartbeatsAsync(3);
        worker.Terminate();
        var (_, output, errors) = await worker.EndAsync();

        var requests = await _control.RestAsync();
        Assert.All(requests, request => Assert.Equal("Bearer " + secret, request.Headers["Authorization"]));
        Assert.DoesNotContain(requests, request => request.Path.Contains("elsewhere", StringComparison.Ordinal));
        Assert.DoesNotContain(secret, output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_the_control_plane_does_not_know_any_more_is_a_warning_also_after_an_outage()
    {
        var beats = 0;
        _control.Script = (context, request) => request.Path != "runs/r1/heartbeat" ? Usual() : ++beats switch
        {
            1 => Usual(),
            2 => RefuseAsync(context, 503, "store_unavailable"),
            _ => RefuseAsync(context, 404, "run_not_found", message: "There is no run r1."),
        };
        await using var worker = PythonProcess.Start(_control.Api, """
            import logging
            logging.basicConfig(format="%(levelname)s %(message)s")
            with orchestrator.claim(url, "w1", options=options) as run:
                while not run._unknown_since:
                    time.sleep(0.01)
            """);

        var (_, _, errors) = await worker.EndAsync();

        Assert.Contains(
            "WARNING Run r1: the control plane does not know the run (404 run_not_found: There is no run r1.).", errors, StringComparison.Ordinal);
        Assert.Contains("asks again; after 600 s the run counts as lost", errors, StringComparison.Ordinal);
    }

    private static bool IsAck(Request request) => request.Path.EndsWith("/ack", StringComparison.Ordinal);

    private static bool IsAck(Request request, string command) => request.Path == $"runs/r1/commands/{command}/ack";

    private static Task<bool> Usual() => Task.FromResult(false);

    private bool IsFirst(Request request) => _paths.Add(request.Path);

    private List<JsonObject> Bodies(string path) => [.. _control.Seen.Where(request => request.Path == path).Select(request => request.Body)];

    private SampleProcess Train(params string[] args) => PythonProcess.Train(_control.Address, ["--checkpoints", _folder.FullName, .. args]);

    private SampleProcess Train(string[] args, params string[] more) => Train([.. args, .. more]);
}
