using Orchestrator.Samples.Tests.ExistingApi;

namespace Orchestrator.Samples.Tests.Cli;

[Collection(CliTests.Name)]
public sealed class CommandsTests(CliServer server)
{
    [Fact]
    public async Task Commands_are_given_and_waited_for_until_the_worker_has_answered()
    {
        await server.BeginAsync("give-1");

        Assert.Matches(@"^give-1: pause: applied at step 12 \([^ ]+\)$", await WaitAsync("pause"));
        Assert.Equal("paused", (string?)(await server.GetAsync("runs/give-1"))["state"]);

        Assert.StartsWith(
            "give-1: tune learning_rate=0.01 clip_epsilon=0.2 notes=@plateau: applied at step 12 (",
            await WaitAsync("tune", "learning_rate=0.01", "clip_epsilon=0.2", "--reason", "@plateau"), StringComparison.Ordinal);
        Assert.Equal(0.2, (double?)(await server.GetAsync("runs/give-1"))["tuned"]!["clip_epsilon"]);

        Assert.StartsWith("give-1: resume: applied", await WaitAsync("resume"), StringComparison.Ordinal);
        Assert.StartsWith(
            "give-1: terminate reason=enough final_checkpoint=true: applied", await WaitAsync("terminate", "--reason", "enough", "--final-checkpoint"), StringComparison.Ordinal);

        var entries = (await server.GetAsync("runs/give-1/audit"))["entries"]!.AsArray();
        Assert.All(
            entries.Where(entry => (string?)entry!["action"] is not ("run.create" or "command.ack")),
            entry => Assert.Equal(("operator", "ada", "orchestrator-cli"), ((string?)entry!["actor_type"], (string?)entry["actor_id"], (string?)entry["user_agent"])));

        async Task<string> WaitAsync(string verb, params string[] more)
        {
            var done = server.DoneAsync([verb, "give-1", .. more, "--wait"]);
            await server.AnswerAsync("give-1");
            return await done;
        }
    }

    [Fact]
    public async Task Without_wait_a_command_is_done_when_it_is_accepted_and_its_json_is_that_of_the_api()
    {
        await server.BeginAsync("give-2");

        var output = await server.DoneAsync("tune", "give-2", "learning_rate=1e-3", "--actor", "bob", "--expires-at", "2100-01-01", "--json");

        var command = Assert.Single(await server.CommandsAsync("give-2", 1));
        Assert.Equal(("pending", "bob"), ((string?)command!["status"], (string?)command["actor"]!["id"]));
        RunsTests.AssertSame(command, output);
    }

    [Fact]
    public async Task A_rejected_command_is_5()
    {
        await server.BeginAsync("give-3");
        var waiting = server.RunAsync("pause", "give-3", "--wait", "--json");

        var rejected = await server.AnswerAsync("give-3", """{"outcome":"rejected","reason":"not now"}""");

        var (exitCode, output, errors) = await waiting;
        Assert.Equal((5, ""), (exitCode, errors));
        RunsTests.AssertSame(rejected, output);
    }

    [Fact]
    public async Task A_superseded_command_is_5()
    {
        await server.BeginAsync("give-4");
        var waiting = server.RunAsync("pause", "give-4", "--wait");
        await server.CommandsAsync("give-4", 1);

        await server.DoneAsync("resume", "give-4");

        var (exitCode, output, _) = await waiting;
        Assert.Equal(5, exitCode);
        Assert.StartsWith("give-4: pause: superseded", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_expired_is_5()
    {
        await server.BeginAsync("give-5");

        var (exitCode, output, _) = await server.RunAsync("pause", "give-5", "--wait", "--expires-at", "2026-01-01T00:00:00Z");

        Assert.Equal(5, exitCode);
        Assert.StartsWith("give-5: pause: expired", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_nobody_answers_in_time_is_7_and_stays()
    {
        await server.BeginAsync("give-6");

        var (exitCode, output, errors) = await server.RunAsync("pause", "give-6", "--wait", "--timeout", "0.2");

        Assert.Equal(7, exitCode);
        Assert.StartsWith("give-6: pause: pending", output, StringComparison.Ordinal);
        Assert.StartsWith("No answer within 0.2 s.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_refuses_is_1_with_its_code()
    {
        await server.BeginAsync("give-7");

        await AssertRefusedAsync("invalid_state: ", "resume", "give-7");
        await AssertRefusedAsync("invalid_state: ", "resume", "give-7", "--wait");
        await AssertRefusedAsync("validation_failed: The request is not valid: payload.speed ", "tune", "give-7", "speed=2");
        await AssertRefusedAsync("validation_failed: ", "pause", "give-7", "--idempotency-key", "no spaces");

        await server.MoveAsync("give-7", "completed");
        await AssertRefusedAsync("invalid_state: ", "terminate", "give-7", "--reason", "late");
    }

    [Fact]
    public async Task The_same_key_has_the_effect_of_once()
    {
        await server.BeginAsync("give-8");
        var first = await server.DoneAsync("pause", "give-8", "--idempotency-key", "k1");

        var (exitCode, output, errors) = await server.RunAsync("pause", "give-8", "--idempotency-key", "k1");

        Assert.Equal((0, first, "The command had been given before.\n"), (exitCode, output, errors.ReplaceLineEndings("\n")));
        Assert.Single(await server.CommandsAsync("give-8", 1));
        await AssertRefusedAsync("idempotency_key_reused: ", "terminate", "give-8", "--reason", "other", "--idempotency-key", "k1");
    }

    [Fact]
    public async Task A_server_that_is_away_is_4_and_the_command_can_be_given_again()
    {
        var (exitCode, output, errors) = await CliProcess.RunAsync(["pause", "give-9", "--server", "http://127.0.0.1:1", "--patience", "0.2"]);

        Assert.Equal((4, ""), (exitCode, output));
        Assert.Contains("store_unavailable: ", errors, StringComparison.Ordinal);
        Assert.Matches("With --idempotency-key [0-9a-f-]{36} it can be given again", errors);
    }

    [Fact]
    public async Task An_address_that_is_none_of_a_server_is_1()
    {
        var (exitCode, _, errors) = await server.RunAsync("runs", "list", "--server", new Uri(server.Address, "nowhere").ToString());

        Assert.Equal(1, exitCode);
        Assert.Contains("the base address must be the prefix of its API", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_says_who_calls()
    {
        await using var api = await ExistingApiProcess.StartAsync();
        var address = new Uri(api.Address, "training").ToString();
        await api.CallAsync("ada", "POST", "training/runs", """{"id":"r1","experiment_id":"e1","version_id":"v1"}""");
        string[] end = ["terminate", "r1", "--reason", "enough", "--actor", "bob", "--wait", "--server", address];

        var (stranger, _, errors) = await CliProcess.RunAsync(end);
        Assert.Equal(1, stranger);
        Assert.Contains("give the client credentials", errors, StringComparison.Ordinal);

        Assert.Equal(0, (await CliProcess.RunAsync(end, ("ORCHESTRATOR_TOKEN", api.KeyOf("ada")))).ExitCode);
        var entry = (await api.CallAsync("vera", "GET", "training/runs/r1/audit"))["entries"]!.AsArray()[^1];
        Assert.Equal(("ada", "bob"), ((string?)entry!["actor_id"], (string?)entry["on_behalf_of"]));
    }

    private async Task AssertRefusedAsync(string message, params string[] args)
    {
        var (exitCode, output, errors) = await server.RunAsync(args);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith(message, errors, StringComparison.Ordinal);
    }
}
