using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Watcher;

namespace Orchestrator.Samples.Tests.Cli;

[Collection(CliTests.Name)]
public sealed class EventsTests(CliServer server)
{
    [Fact]
    public async Task The_events_that_are_kept_are_printed_as_the_api_has_them()
    {
        await MuchHappensAsync("tell-1");

        var lines = (await server.DoneAsync("events", "--run", "tell-1", "--json")).Split('\n').Select(line => JsonNode.Parse(line)!).ToList();

        var told = await ReadAsync("runs/tell-1/events", lines.Count);
        Assert.Equal(told.Select(one => one.Id), lines.Select(line => (string?)line["position"]));
        Assert.All(told.Zip(lines), pair =>
        {
            pair.Second.AsObject().Remove("position");
            RunsTests.AssertSame(pair.Second, pair.First.Data);
        });
        Assert.Equal(
            [
                "run.created", "run.state_changed", "run.loss_not_finite", "command.queued", "command.delivered", "command.acknowledged",
                "run.heartbeat_refused", "run.snoozed", "run.snoozed", "run.attempt_started", "run.state_changed", "run.state_changed",
                "command.queued", "run.state_changed", "command.superseded",
            ],
            told.Select(one => one.Type));
    }

    [Fact]
    public async Task Events_are_chosen_by_type_position_and_number()
    {
        await MuchHappensAsync("tell-2");

        var lines = (await server.DoneAsync("events", "--run", "tell-2", "--type", "run.state_changed", "--type", "run.created")).Split('\n');
        Assert.EndsWith(" tell-2 run.created e1 v1", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" tell-2 run.state_changed queued -> running by worker", lines[1], StringComparison.Ordinal);
        Assert.Equal(5, lines.Length);

        Assert.Equal(lines[1], await server.DoneAsync("events", "--run", "tell-2", "--after", "1", "--limit", "1"));
        Assert.Equal("", await server.DoneAsync("events", "--run", "tell-2", "--after", "15"));

        var (exitCode, output, errors) = await server.RunAsync("events", "--run", "tell-2", "--after", "999");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("cursor_expired: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_of_all_runs_end_where_the_feed_ended_when_they_were_asked_for()
    {
        await server.BeginAsync("tell-3");
        await server.BeginAsync("tell-4");

        var output = await server.DoneAsync("events", "--type", "run.created");

        Assert.Contains(" tell-3 run.created", output, StringComparison.Ordinal);
        Assert.EndsWith(" tell-4 run.created e1 v1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Followed_events_come_as_they_happen_until_it_is_interrupted()
    {
        await server.BeginAsync("tell-5");
        await using var follow = server.Start("events", "--follow", "--run", "tell-5", "--after", "1");
        await follow.LineAsync("tell-5 run.state_changed queued -> running");

        await server.BeatAsync("tell-5", 5);
        await follow.LineAsync("tell-5 run.progress step=5 loss=0.5 samples/s=100");
        await server.MoveAsync("tell-5", "completed");
        await follow.LineAsync("tell-5 run.state_changed running -> completed by w");

        follow.Terminate();
        Assert.Equal(130, (await follow.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_script_can_wait_for_one_event()
    {
        await server.BeginAsync("tell-6");
        await using var follow = server.Start("events", "-f", "--run", "tell-6", "--after", "2", "--type", "run.loss_not_finite", "--limit", "1", "--json");

        await server.BeatAsync("tell-6", 5, "\"Infinity\"");

        var (exitCode, output, errors) = await follow.EndAsync();
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal("Infinity", (string?)JsonNode.Parse(output)!["data"]!["loss"]);
    }

    private async Task MuchHappensAsync(string run)
    {
        await server.BeginAsync(run);
        await server.BeatAsync(run, 2, "\"NaN\"");
        await server.PostAsync($"runs/{run}/commands", """{"type":"tune","actor":{"type":"operator","id":"ada"},"payload":{"learning_rate":0.1,"notes":"n"}}""");
        await server.AnswerAsync(run);
        using (var stepsBack = new StringContent(CliServer.Heartbeat(run, 1), null, "application/json"))
        using (var refused = await server.Client.PostAsync($"api/v1/runs/{run}/heartbeat", stepsBack))
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        await server.PostAsync($"runs/{run}/snooze", """{"seconds":60,"reason":"slow","actor":{"type":"operator","id":"ada"}}""");
        await server.PostAsync($"runs/{run}/snooze", """{"seconds":0,"reason":"done","actor":{"type":"operator","id":"ada"}}""");
        await server.PostAsync($"runs/{run}/attempts", """{"reason":"lost","actor":{"type":"operator","id":"ada"},"worker_id":"w2","resume_from":{"step":1,"checkpoint_version":0}}""");
        await server.MoveAsync(run, "failed");
    }

    private async Task<List<ServerSentEvent>> ReadAsync(string path, int count)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/" + path) { Headers = { { "Last-Event-ID", "0" } } };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        return await SseReader.ReadAsync(stream, CancellationToken.None).Where(told => told.Type != "run.progress").Take(count).ToListAsync();
    }
}
