using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>GET /runs</c>: contract section 4.</summary>
public sealed class RunListTests
{
    [Fact]
    public async Task Runs_are_listed_newest_first_without_manifests()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("b", ""","launch_manifest":{"x":1}""");
        await host.CreateRunAsync("a");

        var reply = (await host.GetAsync("runs")).Is(200);

        Assert.Equal(["a", "b"], Ids(reply));
        Assert.Equal(["runs", "next_cursor"], reply.Json.EnumerateObject().Select(member => member.Name));
        Assert.Null(reply["next_cursor"].GetString());
        Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        Assert.False(reply["runs"][1].TryGetProperty("launch_manifest", out _));
        var whole = await host.GetAsync("runs?include=manifest");
        Assert.Equal("""{"x":1}""", whole["runs"][1].GetProperty("launch_manifest").GetRawText());
        Assert.Equal("{}", whole["runs"][1].GetProperty("overrides").GetRawText());
    }

    [Theory]
    [InlineData("", "e d c b a")]
    [InlineData("state=running", "b")]
    [InlineData("state=running&state=queued", "e d b")]
    [InlineData("health=healthy", "e d c b a")]
    [InlineData("health=unresponsive&health=stalled", "")]
    [InlineData("experiment_id=x1", "c a")]
    [InlineData("experiment_id=x1&experiment_id=x3", "e c a")]
    [InlineData("experiment_id=x", "")]
    [InlineData("label=team:red", "d a")]
    [InlineData("label=team:red&label=tier:1", "d")]
    [InlineData("label=team:red&label=team:blue", "")]
    [InlineData("label=team:", "")]
    [InlineData("label=empty:", "e")]
    [InlineData("label=url:s3://b/c", "e")]
    [InlineData("label=Team:red", "")]
    [InlineData("created_after=2026-03-01T12:00:01Z", "e d c")]
    [InlineData("created_before=2026-03-01T12:00:02Z", "b a")]
    [InlineData("created_after=2026-03-01T12:00:00Z&created_before=2026-03-01T13:00:03%2B01:00", "c b")]
    [InlineData("state=queued&experiment_id=x3&label=empty:&health=healthy", "e")]
    public async Task Filters_of_one_kind_mean_any_labels_mean_all_and_kinds_add_up(string query, string ids)
    {
        await using var host = await TestHost.StartAsync();
        (string Id, string Experiment, string Labels)[] runs =
        [
            ("a", "x1", """{"team":"red"}"""), ("b", "x2", """{"team":"blue"}"""), ("c", "x1", "{}"), ("d", "x2", """{"team":"red","tier":"1"}"""),
            ("e", "x3", """{"empty":"","url":"s3://b/c"}"""),
        ];
        foreach (var (id, experiment, labels) in runs)
        {
            (await host.PostAsync("runs", $$"""{"id":"{{id}}","experiment_id":"{{experiment}}","version_id":"v","labels":{{labels}}}""")).Is(201);
            host.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await host.MoveAsync("b", "running");
        await host.MoveAsync("a", "paused");
        await host.MoveAsync("c", "failed");

        Assert.Equal(ids, string.Join(' ', Ids((await host.GetAsync($"runs?{query}")).Is(200))));
    }

    [Fact]
    public async Task Pages_neither_shift_nor_repeat_when_runs_are_created_in_between()
    {
        await using var host = await TestHost.StartAsync();
        for (var i = 0; i < 7; i++)
        {
            await host.CreateRunAsync($"r{i}");
        }

        var seen = new List<string>();
        var cursor = "";
        for (var page = 0; cursor is not null; page++)
        {
            var reply = (await host.GetAsync($"runs?limit=3{cursor}")).Is(200);
            seen.AddRange(Ids(reply));
            cursor = reply["next_cursor"].GetString() is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
            await host.CreateRunAsync($"new{page}");
        }

        Assert.Equal(["r6", "r5", "r4", "r3", "r2", "r1", "r0"], seen);
    }

    [Fact]
    public async Task A_page_that_is_just_full_is_the_last()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");
        await host.CreateRunAsync("b");

        Assert.Null((await host.GetAsync("runs?limit=2"))["next_cursor"].GetString());
        Assert.NotNull((await host.GetAsync("runs?limit=1"))["next_cursor"].GetString());
    }

    [Fact]
    public async Task A_page_has_50_runs_unless_asked_for_1_to_500()
    {
        await using var host = await TestHost.StartAsync();
        for (var i = 0; i < 51; i++)
        {
            await host.CreateRunAsync($"r{i}");
        }

        Assert.Equal(50, (await host.GetAsync("runs"))["runs"].GetArrayLength());
        Assert.Equal(51, (await host.GetAsync("runs?limit=500"))["runs"].GetArrayLength());
    }

    [Theory]
    [InlineData("state=dancing", "state")]
    [InlineData("state=Running", "state")]
    [InlineData("state=", "state")]
    [InlineData("state=running&state=x", "state")]
    [InlineData("health=sick", "health")]
    [InlineData("experiment_id=a%20b", "experiment_id")]
    [InlineData("experiment_id=", "experiment_id")]
    [InlineData("label=team", "label")]
    [InlineData("label=:red", "label")]
    [InlineData("label=", "label")]
    [InlineData("label=a%00:b", "label")]
    [InlineData("label=a:b%00", "label")]
    [InlineData("created_after=yesterday", "created_after")]
    [InlineData("created_after=2026-03-01T12:00:00", "created_after")]
    [InlineData("created_before=2026-02-30T12:00:00Z", "created_before")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=", "cursor")]
    [InlineData("include=everything", "include")]
    public async Task A_bad_filter_is_422_and_named(string query, string parameter)
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal([parameter], (await host.GetAsync($"runs?{query}")).Refused(422, "validation_failed").Faulty);
    }

    private static IEnumerable<string> Ids(Reply reply) => reply["runs"].EnumerateArray().Select(run => run.GetProperty("id").GetString()!);
}
