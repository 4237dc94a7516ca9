using System.Net;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Server;

public sealed class ServerProcessTests
{
    private const string Postgres = "--Orchestrator:Storage:Provider=Postgres";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_run_goes_from_its_creation_to_its_end_and_sigterm_ends_the_server()
    {
        await using var server = await ServerProcess.StartAsync();
        Assert.Equal("Healthy", await server.Client.GetStringAsync("healthz"));

        var created = await server.PostAsync("api/v1/runs", """{"id":"r1","experiment_id":"e1","version_id":"v1"}""");
        Assert.Equal("queued", (string?)created["state"]);
        var beaten = await server.PostAsync(
            "api/v1/runs/r1/heartbeat", """{"run_id":"r1","status":"running","step":10,"samples_per_sec":1.5,"loss":0.25,"checkpoint_version":2}""");
        Assert.Equal("running", (string?)beaten["state"]);

        var waiting = server.GetAsync("api/v1/runs/r1/commands/next?wait=30");
        var sent = await server.PostAsync(
            "api/v1/runs/r1/commands", """{"id":"c1","type":"tune","actor":{"type":"operator","id":"me"},"payload":{"learning_rate":0.5}}""");
        Assert.Equal("pending", (string?)sent["status"]);
        Assert.Equal("c1", (string?)(await waiting.WaitAsync(Bound))["id"]);

        var acknowledged = await server.PostAsync("api/v1/runs/r1/commands/c1/ack", """{"outcome":"applied","step":11}""");
        Assert.Equal("applied", (string?)acknowledged["status"]);
        Assert.Equal(0.5, (double?)(await server.GetAsync("api/v1/runs/r1"))["tuned"]!["learning_rate"]);

        var ended = await server.PostAsync(
            "api/v1/runs/r1/transitions", """{"to_state":"completed","actor":{"type":"system","id":"w"},"final":{"step":20,"loss":0.1}}""");
        Assert.Equal("completed", (string?)ended["state"]);
        Assert.Equal(20, (long?)ended["current_step"]);

        server.Process.Terminate();
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Sigterm_answers_a_waiting_poll_and_ends_with_0()
    {
        await using var server = await ServerProcess.StartAsync("--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Information");
        await server.PostAsync("api/v1/runs", """{"id":"r1","experiment_id":"e1","version_id":"v1"}""");

        var waiting = server.Client.GetAsync("api/v1/runs/r1/commands/next?wait=60");
        await server.Process.LineAsync("commands/next?wait=60");
        server.Process.Terminate();

        using var response = await waiting.WaitAsync(Bound);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Options_come_from_the_command_line()
    {
        await using var server = await ServerProcess.StartAsync("--Orchestrator:Heartbeats:MinInterval=00:00:00");
        await server.PostAsync("api/v1/runs", """{"id":"r1","experiment_id":"e1","version_id":"v1"}""");

        for (var step = 1; step <= 3; step++)
        {
            var beaten = await server.PostAsync(
                "api/v1/runs/r1/heartbeat", $$"""{"run_id":"r1","status":"running","step":{{step}},"samples_per_sec":1,"loss":1,"checkpoint_version":0}""");
            Assert.Equal(step, (long?)beaten["current_step"]);
        }
    }

    [Theory]
    [InlineData("Orchestrator:Health:UnresponsiveAfter", "00:00:01", "must be longer than Health:StaleAfter")]
    [InlineData("Orchestrator:Heartbeats:MinInterval", "soon", "not a time")]
    [InlineData("Orchestrator:Health:OnUnresponsive", "Panic", "Recommend, Requeue, Fail")]
    [InlineData("Orchestrator:Storage:Provider", "Disk", "must be Memory, Postgres or Redis")]
    [InlineData("Orchestrator:Storage:Schema", "No-Name", "no schema name", Postgres, "--ConnectionStrings:Postgres=Host=nowhere")]
    public async Task An_option_that_makes_no_sense_ends_the_start_with_a_message_that_names_its_key(
        string key, string value, string rule, params string[] others)
    {
        var errors = await RefusalAsync([$"--{key}={value}", .. others]);

        Assert.Contains(key, errors, StringComparison.Ordinal);
        Assert.Contains(value, errors, StringComparison.Ordinal);
        Assert.Contains(rule, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Postgres_without_a_connection_string_ends_the_start_with_a_message_that_names_its_key()
    {
        var errors = await RefusalAsync(Postgres);

        Assert.Contains("ConnectionStrings:Postgres is missing", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=nowhere;Secret=word")]
    [InlineData("Host=nowhere;Port=word")]
    [InlineData("word")]
    public async Task A_connection_string_that_is_none_ends_the_start_with_a_message_that_does_not_tell_it(string connection)
    {
        var errors = await RefusalAsync(Postgres, $"--ConnectionStrings:Postgres={connection}");

        Assert.Contains("ConnectionStrings:Postgres", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("word", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_a_message()
    {
        await using var first = await ServerProcess.StartAsync();
        await using var second = SampleProcess.Start(ServerProcess.Sample, "--urls", first.Client.BaseAddress!.GetLeftPart(UriPartial.Authority));

        var (exitCode, _, errors) = await second.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", errors, StringComparison.Ordinal);
    }

    /// <summary>What a server says that does not start.</summary>
    private static async Task<string> RefusalAsync(params string[] args)
    {
        await using var server = SampleProcess.Start(ServerProcess.Sample, ["--urls", "http://127.0.0.1:0", .. args]);

        var (exitCode, output, errors) = await server.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Empty(output);
        return errors;
    }
}
