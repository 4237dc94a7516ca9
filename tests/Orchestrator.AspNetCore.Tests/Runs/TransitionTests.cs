using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>POST /runs/{id}/transitions</c> and the state table: contract sections 1 and 4.</summary>
public sealed class TransitionTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static readonly Dictionary<string, string[]> Table = new()
    {
        ["queued"] = ["provisioning", "running", "paused", "terminating", "errored", "failed", "terminated"],
        ["provisioning"] = ["queued", "running", "paused", "terminating", "completed", "errored", "failed", "terminated"],
        ["running"] = ["queued", "paused", "terminating", "completed", "errored", "failed", "terminated"],
        ["paused"] = ["queued", "running", "terminating", "errored", "failed", "terminated"],
        ["terminating"] = ["completed", "failed", "errored", "terminated"],
        ["errored"] = ["queued", "running", "paused", "terminating", "failed", "terminated"],
        ["completed"] = [],
        ["failed"] = [],
        ["terminated"] = [],
    };

    private readonly TestHost _host = shared.Host;

    public static TheoryData<string, string> Pairs => [.. Table.Keys.SelectMany(from => Table.Keys.Select(to => (from, to)))];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_transition_is_made_if_the_table_has_it_and_else_409(string from, string to)
    {
        var run = await _host.InStateAsync(from, shared.NewId());
        var steps = await CountAsync(run);

        var reply = await _host.MoveAsync(run, to, ""","reason":"because" """);

        if (from == to)
        {
            Assert.Equal(to, reply.Is(200)["state"].GetString());
            Assert.Equal(steps, await CountAsync(run));
        }
        else if (Table[from].Contains(to))
        {
            Assert.Equal(to, reply.Is(200)["state"].GetString());
            Assert.Equal(steps + 1, await CountAsync(run));
            Assert.Equal(to == "queued" ? 2 : 1, reply["attempt"].GetInt32());
            Assert.Equal(to is "completed" or "failed" or "terminated" ? to : null, reply["end_reason"].GetString());
            Assert.Equal(to is "completed" or "failed" or "terminated" ? "2026-03-01T12:00:00Z" : null, reply["ended_at"].GetString());
            var last = (await _host.GetAsync($"runs/{run}/transitions"))["transitions"].EnumerateArray().Last();
            Assert.Equal([from, to, "ada", "because"], new[] { "from_state", "to_state", "changed_by", "reason" }.Select(member => last.GetProperty(member).GetString()));
        }
        else
        {
            var details = reply.Refused(409, "invalid_transition").Details;
            Assert.Equal(from, details.GetProperty("from").GetString());
            Assert.Equal(to, details.GetProperty("to").GetString());
            Assert.Equal(Table[from].Order(), details.GetProperty("allowed").EnumerateArray().Select(state => state.GetString()).Order());
        }
    }

    [Fact]
    public async Task Started_at_is_set_when_the_run_first_enters_running()
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync("provisioning");
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("2026-03-01T12:00:01Z", (await host.MoveAsync("r1", "running"))["started_at"].GetString());
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.MoveAsync("r1", "paused");
        Assert.Equal("2026-03-01T12:00:01Z", (await host.MoveAsync("r1", "running"))["started_at"].GetString());
    }

    [Fact]
    public async Task Final_carries_the_last_numbers_and_no_throttle_applies()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        await _host.BeatAsync(run);

        var reply = await _host.MoveAsync(
            run, "completed", ""","status_message":"done","final":{"step":11,"loss":NaN,"samples_per_sec":"Infinity","checkpoint_version":3,"checkpoint_uri":"s3://c"}""");

        Assert.Equal(11, reply.Is(200)["current_step"].GetInt64());
        Assert.Equal("NaN", reply["loss"].GetString());
        Assert.Equal("Infinity", reply["samples_per_sec"].GetString());
        Assert.Equal(3, reply["checkpoint_version"].GetInt64());
        Assert.Equal("s3://c", reply["checkpoint_uri"].GetString());
        Assert.Equal("done", reply["status_message"].GetString());
        Assert.Equal(1, reply["heartbeats"].GetInt64());
        Assert.Equal(reply["current_step"].GetInt64(), (await _host.GetAsync($"runs/{run}"))["current_step"].GetInt64());
    }

    [Fact]
    public async Task What_final_leaves_out_stays_as_it_was()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        await _host.BeatAsync(run);

        var reply = await _host.MoveAsync(run, "failed", ""","final":{"loss":9}""");

        Assert.Equal(9, reply.Is(200)["loss"].GetDouble());
        Assert.Equal(10, reply["current_step"].GetInt64());
        Assert.Equal(2, reply["checkpoint_version"].GetInt64());
    }

    [Theory]
    [InlineData("""{"step":9}""", "step_regression")]
    [InlineData("""{"checkpoint_version":1}""", "checkpoint_regression")]
    public async Task Final_below_what_stands_is_409_and_moves_nothing(string final, string code)
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        await _host.BeatAsync(run);

        (await _host.MoveAsync(run, "completed", $",\"final\":{final}")).Refused(409, code);

        Assert.Equal("running", await _host.StateAsync(run));
    }

    [Fact]
    public async Task An_attempt_fences_the_transition()
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        await _host.StartAttemptAsync(run);

        Assert.Equal(2, (await _host.MoveAsync(run, "failed", ""","attempt":1""")).Refused(409, "stale_attempt").Details.GetProperty("current_attempt").GetInt32());
        (await _host.MoveAsync(run, "failed", ""","attempt":3""")).Refused(422, "unknown_attempt");
        (await _host.MoveAsync(run, "failed", ""","attempt":2""")).Is(200);
    }

    [Theory]
    [InlineData("""{"actor":{"type":"operator","id":"ada"}}""", "to_state")]
    [InlineData("""{"to_state":"dancing","actor":{"type":"operator","id":"ada"}}""", "to_state")]
    [InlineData("""{"to_state":"failed"}""", "actor")]
    [InlineData("""{"to_state":"failed","actor":{"type":"person","id":"ada"}}""", "actor.type")]
    [InlineData("""{"to_state":"failed","actor":{"type":"operator","id":"ada"},"reason":"\u0000"}""", "reason")]
    [InlineData("""{"to_state":"failed","actor":{"type":"operator","id":"ada"},"final":{"step":-1}}""", "final.step")]
    [InlineData("""{"to_state":"failed","actor":{"type":"operator","id":"ada"},"final":{"checkpoint_version":-1}}""", "final.checkpoint_version")]
    [InlineData("""{"to_state":"failed","actor":{"type":"operator","id":"ada"},"final":{"samples_per_sec":-1}}""", "final.samples_per_sec")]
    public async Task What_breaks_a_rule_is_422_and_names_the_member(string body, string member)
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        Assert.Equal([member], (await _host.PostAsync($"runs/{run}/transitions", body)).Refused(422, "validation_failed").Faulty);
    }

    [Theory]
    [InlineData("""{"to_state":5}""")]
    [InlineData("""{"to_state":"failed","final":[]}""")]
    [InlineData("""{"to_state":"failed","final":{"step":9007199254740992}}""")]
    [InlineData("""{"to_state":"failed","final":{"loss":1e400}}""")]
    [InlineData("""{"to_state":"failed","loss":NaN}""")]
    [InlineData("""{"to_state":"failed","actor":"ada"}""")]
    public async Task What_cannot_be_read_is_400(string body)
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        (await _host.PostAsync($"runs/{run}/transitions", body)).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task An_unknown_run_is_404() => (await _host.MoveAsync("unknown", "failed")).Refused(404, "run_not_found");

    [Fact]
    public async Task A_body_over_32_KiB_is_413()
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        (await _host.MoveAsync(run, "failed", new string(' ', 33_000))).Refused(413, "payload_too_large");
    }

    private async Task<int> CountAsync(string run) => (await _host.GetAsync($"runs/{run}/transitions"))["transitions"].GetArrayLength();
}
