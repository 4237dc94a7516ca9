using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Tests.Cli;

[Collection(CliTests.Name)]
public sealed class RunsTests(CliServer server)
{
    private const string Everything = ""","labels":{"set":"shapes"},"priority":3,"created_by":"bob","launch_manifest":{"rate":1.10},"health_policy":{"stale_after":50.5}""";

    [Fact]
    public async Task List_shows_a_row_for_each_run_and_says_where_to_go_on()
    {
        await server.BeginAsync("list-1", ""","labels":{"set":"list"}""");
        await server.PostAsync("runs", """{"id":"list-2","experiment_id":"e1","version_id":"v1","labels":{"set":"list"}}""");
        await server.MoveAsync("list-2", "failed");

        var rows = (await server.DoneAsync("runs", "list", "--label", "set:list")).Split('\n');
        Assert.Equal(
            ["RUN STATE HEALTH STEP LOSS SAMPLES/S WORKER SEEN", "list-2 failed healthy 0 - - - -"], rows[..2].Select(Words));
        Assert.StartsWith("list-1 running healthy 1 0.5 100 - ", Words(rows[2]), StringComparison.Ordinal);

        Assert.DoesNotContain("list-1", await server.DoneAsync("runs", "list", "--label", "set:list", "--state", "failed", "--state", "queued"), StringComparison.Ordinal);
        Assert.Contains("list-1", await server.DoneAsync("runs", "list", "--label", "set:list", "--health", "healthy", "--experiment", "e1"), StringComparison.Ordinal);

        var (exitCode, first, note) = await server.RunAsync("runs", "list", "--label", "set:list", "--limit", "1");
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("list-1", first, StringComparison.Ordinal);
        Assert.StartsWith("There are more: --cursor ", note, StringComparison.Ordinal);
        Assert.Contains("list-1", await server.DoneAsync("runs", "list", "--label", "set:list", "--cursor", note.Trim().Split(' ')[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_what_the_api_answers()
    {
        await server.BeginAsync("shapes-1", Everything);
        await server.BeatAsync("shapes-1", 2, "\"NaN\"");
        await server.PostAsync("runs/shapes-1/commands", """{"type":"tune","actor":{"type":"operator","id":"ada"},"payload":{"learning_rate":0.1}}""");
        await server.AnswerAsync("shapes-1");
        await server.PostAsync("runs/shapes-1/snooze", """{"seconds":60,"reason":"slow","actor":{"type":"operator","id":"ada"}}""");
        await server.PostAsync("runs", """{"id":"shapes-2","experiment_id":"e1","version_id":"v1","labels":{"set":"shapes"}}""");
        await server.MoveAsync("shapes-2", "failed");

        AssertSame(await server.GetAsync("runs?label=set:shapes"), await server.DoneAsync("runs", "list", "--label", "set:shapes", "--json"));
        AssertSame(await server.GetAsync("runs?label=set:shapes&limit=1"), await server.DoneAsync("runs", "list", "--label", "set:shapes", "--limit", "1", "--json"));
        AssertSame(await server.GetAsync("runs/shapes-1"), await server.DoneAsync("--json", "runs", "show", "shapes-1"));
    }

    [Fact]
    public async Task Show_tells_of_a_run_and_its_commands()
    {
        await server.BeginAsync("show-1", Everything);
        await server.PostAsync("runs/show-1/commands", """{"type":"pause","actor":{"type":"operator","id":"ada"}}""");
        await server.AnswerAsync("show-1", """{"outcome":"rejected","reason":"not now"}""");

        var lines = (await server.DoneAsync("runs", "show", "show-1")).Split('\n').Select(Words).ToList();

        Assert.Contains("run show-1", lines);
        Assert.Contains("state running", lines);
        Assert.Contains("manifest {\"rate\":1.10}", lines);
        Assert.Contains("labels set=shapes", lines);
        Assert.Contains(lines, line => line.StartsWith("pause ", StringComparison.Ordinal) && line.Contains("ada rejected: not now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_others_wrote_does_not_command_the_terminal()
    {
        await server.BeginAsync("evil-1", ""","labels":{"k":"\u001b[2J\u202e[red]"},"created_by":"line\nbreak\u009b" """);

        var output = await server.DoneAsync("runs", "show", "evil-1");

        Assert.Contains("k=\uFFFD[2J\uFFFD[red]", output, StringComparison.Ordinal);
        Assert.Contains("line break\uFFFD", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs", "show", "nobody")]
    [InlineData("runs", "watch", "nobody")]
    [InlineData("pause", "nobody")]
    [InlineData("pause", "nobody", "--wait")]
    [InlineData("events", "--run", "nobody")]
    [InlineData("audit", "verify", "nobody")]
    public async Task An_unknown_run_is_3(params string[] args)
    {
        var (exitCode, output, errors) = await server.RunAsync(args);

        Assert.Equal((3, ""), (exitCode, output));
        Assert.StartsWith("run_not_found: ", errors, StringComparison.Ordinal);
    }

    /// <summary>A line without what only aligns it.</summary>
    internal static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    internal static void AssertSame(JsonNode expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(actual)), $"{expected.ToJsonString()}\n{actual}");
}
