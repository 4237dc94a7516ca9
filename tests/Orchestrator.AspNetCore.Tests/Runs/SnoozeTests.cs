using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>POST /runs/{id}/snooze</c>: contract section 5.</summary>
public sealed class SnoozeTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string By = "\"reason\":\"slow storage\",\"actor\":" + TestHost.Ada;

    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("\"seconds\":90.5", "2026-03-01T12:01:30.5Z")]
    [InlineData("\"until\":\"2026-03-01T14:00:00+01:00\"", "2026-03-01T13:00:00Z")]
    [InlineData("\"seconds\":60,\"until\":null", "2026-03-01T12:01:00Z")]
    [InlineData("\"until\":\"2027-03-02T12:00:00Z\"", "2027-03-02T12:00:00Z")]
    public async Task It_lasts_until_then_and_zero_or_the_past_ends_it(string time, string until)
    {
        var run = await _host.InStateAsync("running", shared.NewId());

        Assert.Equal(until, (await SnoozeAsync(run, time)).Is(200)["snoozed_until"].GetString());
        Assert.Equal(until, (await _host.GetAsync($"runs/{run}"))["snoozed_until"].GetString());
        Assert.Null((await SnoozeAsync(run, "\"seconds\":0")).Is(200)["snoozed_until"].GetString());
        (await SnoozeAsync(run, time)).Is(200);
        Assert.Null((await SnoozeAsync(run, "\"until\":\"2026-02-01T00:00:00Z\"")).Is(200)["snoozed_until"].GetString());
    }

    [Theory]
    [InlineData("{" + By + "}", "seconds", "until")]
    [InlineData("{\"seconds\":1,\"until\":\"2026-03-01T13:00:00Z\"," + By + "}", "seconds", "until")]
    [InlineData("{\"seconds\":-1," + By + "}", "seconds")]
    [InlineData("{\"seconds\":31622401," + By + "}", "seconds")]
    [InlineData("{\"until\":\"soon\"," + By + "}", "until")]
    [InlineData("{\"until\":\"9999-12-31T23:59:59Z\"," + By + "}", "until")]
    [InlineData("{\"until\":\"2027-03-02T12:00:01Z\"," + By + "}", "until")]
    [InlineData("{\"seconds\":1,\"actor\":" + TestHost.Ada + "}", "reason")]
    [InlineData("{\"seconds\":1,\"reason\":\"\",\"actor\":" + TestHost.Ada + "}", "reason")]
    [InlineData("{\"seconds\":1,\"reason\":\"r\"}", "actor")]
    [InlineData("{\"seconds\":1,\"reason\":\"r\",\"actor\":{\"type\":\"robot\",\"id\":\"x\"}}", "actor.type")]
    public async Task A_request_that_makes_no_sense_is_422_and_names_what(string body, params string[] members)
    {
        var run = await _host.InStateAsync("running", shared.NewId());

        var faulty = (await _host.PostAsync($"runs/{run}/snooze", body)).Refused(422, "validation_failed").Faulty;

        Assert.Contains(faulty, member => members.Contains(member));
        Assert.DoesNotContain(await _host.AuditAsync(run), entry => entry.Action == "run.snooze");
    }

    [Theory]
    [InlineData("{\"seconds\":1e999," + By + "}")]
    [InlineData("{\"seconds\":\"1\"," + By + "}")]
    [InlineData("{\"seconds\":1,\"seconds\":2," + By + "}")]
    public async Task What_is_not_such_JSON_is_400(string body)
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        (await _host.PostAsync($"runs/{run}/snooze", body)).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task It_is_audited_and_told()
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        var before = (await _host.AuditAsync(run)).Count;
        (await SnoozeAsync(run, "\"seconds\":60")).Is(200);

        var audit = await _host.AuditAsync(run);
        Assert.Equal((before + 1, "ada", "run.snooze"), (audit.Count, audit[^1].ActorId, audit[^1].Action));
        var told = Assert.IsType<SnoozedData>((await _host.EventsAsync(run))[^1].Data);
        Assert.Equal(("slow storage", new Actor(ActorType.Operator, "ada")), (told.Reason, told.Actor));
    }

    [Fact]
    public async Task The_same_key_snoozes_once()
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        (await SnoozeAsync(run, "\"seconds\":60", ("Idempotency-Key", "k"))).Is(200);
        var events = (await _host.EventsAsync(run)).Count;

        Assert.Equal("true", (await SnoozeAsync(run, "\"seconds\":60", ("Idempotency-Key", "k"))).Is(200).Headers["Idempotency-Replayed"]);
        (await SnoozeAsync(run, "\"seconds\":61", ("Idempotency-Key", "k"))).Refused(409, "idempotency_key_reused");
        Assert.Equal(events, (await _host.EventsAsync(run)).Count);
    }

    [Fact]
    public async Task A_run_that_has_ended_or_is_unknown_cannot_be_snoozed()
    {
        var run = await _host.InStateAsync("failed", shared.NewId());

        (await SnoozeAsync(run, "\"seconds\":60")).Refused(409, "run_ended");
        (await SnoozeAsync("unknown", "\"seconds\":60")).Refused(404, "run_not_found");
    }

    private Task<Reply> SnoozeAsync(string run, string time, params (string, string)[] headers) =>
        _host.PostAsync($"runs/{run}/snooze", $"{{{time},{By}}}", headers);
}
