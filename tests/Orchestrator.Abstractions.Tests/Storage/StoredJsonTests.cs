using System.Text.Json.Nodes;
using Orchestrator.Storage;

namespace Orchestrator.Abstractions.Tests.Storage;

/// <summary>What a newer version stored, read and written again by this one.</summary>
public sealed class StoredJsonTests
{
    private const string Newer = """ "newer":{"n":1.10,"list":[1,null,"é"]} """;

    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Heads => new(
        Head(Newer),
        Head($$""" "health_policy":{"stale_after":"00:00:09",{{Newer}}} """),
        Head($$""" "last_refusal":{"code":"step_regression","at":"2026-01-31T12:00:00+00:00",{{Newer}}} """),
        Head($$""" "ending":{"reason":"forced","at":"2026-01-31T12:00:00+00:00",{{Newer}}} """),
        Head($$""" "termination":{"accepted_at":"2026-01-31T12:00:00+00:00","acknowledged":true,{{Newer}}} """),
        Head($$""" "tuned":{"learning_rate":{"value":0.1,"sequence":3,{{Newer}}},"clip":{"sequence":4} } """),
        Head(""" "last_refusal":{"code":"not_of_this_world","at":"2026-01-31T12:00:00+00:00"} """));

    [Theory]
    [MemberData(nameof(Heads))]
    public void What_a_newer_version_stored_in_a_head_survives_a_rewrite(string stored)
    {
        var head = StoredJson.Read<RunHead>(stored);

        var rewritten = Object(StoredJson.Write(head with { Revision = 8, Attempt = 2, WorkerId = "w" }));

        foreach (var (name, value) in Object(stored).Where(member => member.Key != "revision"))
        {
            Assert.True(JsonNode.DeepEquals(value, rewritten[name]), $"{name}: {rewritten[name]?.ToJsonString()}");
        }

        Assert.Equal(8, (long)rewritten["revision"]!);
    }

    [Fact]
    public void What_a_newer_version_stored_in_a_command_survives_its_delivery_and_its_acknowledgement()
    {
        var stored = $$"""
            {"id":"c","run_id":"r","sequence":1,"type":"pause","actor":{"type":"operator","id":"ada",{{Newer}}},"created_at":"2026-01-31T12:00:00+00:00",
            "status":"pending","delivery_count":0,"acknowledgement":{"outcome":"applied","step":3,{{Newer}}},{{Newer}}}
            """;
        var command = StoredJson.Read<Command>(stored);

        var rewritten = Object(StoredJson.Write(command with { Status = CommandStatus.Delivered, DeliveredAt = At, DeliveryCount = 1 }));

        foreach (var name in new[] { "actor", "acknowledgement", "newer" })
        {
            Assert.True(JsonNode.DeepEquals(Object(stored)[name], rewritten[name]), name);
        }

        Assert.Equal("delivered", (string?)rewritten["status"]);
    }

    [Fact]
    public void Members_that_are_not_known_tell_no_values_apart()
    {
        Assert.Equal(new Actor(ActorType.Operator, "ada"), StoredJson.Read<Command>(Command("""{"type":"operator","id":"ada","newer":1}""")).Actor);
        Assert.NotEqual(new Actor(ActorType.Operator, "bob"), StoredJson.Read<Command>(Command("""{"type":"operator","id":"ada","newer":1}""")).Actor);
        Assert.Equal(new HealthPolicy(TimeSpan.FromSeconds(9)), StoredJson.Read<HealthPolicy>("""{"stale_after":"00:00:09","newer":1}"""));
        Assert.Equal(new TunedValue(0.1, 3), StoredJson.Read<IReadOnlyDictionary<string, TunedValue>>("""{"lr":{"value":0.1,"sequence":3,"newer":1}}""")["lr"]);
    }

    [Fact]
    public void A_refusal_for_a_reason_that_is_not_known_keeps_its_name()
    {
        var refusal = StoredJson.Read<RunHead>(Head(""" "last_refusal":{"code":"not_of_this_world","at":"2026-01-31T12:00:00+00:00"} """)).LastRefusal;

        Assert.Equal((default, "not_of_this_world", At), (refusal!.Code, refusal.Name, refusal.At));
        Assert.Equal(new LastRefusal(RefusalCode.StepRegression, At), LastRefusal.Of("step_regression", At));
        Assert.NotEqual(LastRefusal.Of("a", At), LastRefusal.Of("b", At));
        Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.Equal((code, code.ToWireName()), (LastRefusal.Of(code.ToWireName(), At).Code, new LastRefusal(code, At).Name)));
    }

    [Theory]
    [InlineData("run.painted", "{}")]
    [InlineData("run.progress", "{}")]
    [InlineData("", "{}")]
    [InlineData("run.heartbeat_refused", """{"code":"not_of_this_world"}""")]
    [InlineData("run.state_changed", """{"transition":{"sequence":1,"to":"hibernating","changed_by":"ada","attempt":1,"created_at":"2026-01-31T12:00:00Z"}}""")]
    [InlineData("run.snoozed", """{"actor":{"type":"robot","id":"r2"}}""")]
    [InlineData("run.created", "null")]
    [InlineData("run.created", "[1]")]
    public void An_event_that_a_newer_version_wrote_has_its_place_and_is_not_known(string type, string data)
    {
        var run = RunId.Parse("r");

        var told = StoredJson.ReadEvent(5, type, At, run, 2, data);

        Assert.False(told.IsKnown);
        Assert.Equal((5, At, run, 2, "r:5"), (told.Sequence, told.Time, told.RunId, told.Attempt, told.Id));
    }

    [Fact]
    public void Members_that_a_newer_version_adds_to_an_event_are_passed_over()
    {
        var told = StoredJson.ReadEvent(5, "run.heartbeat_refused", At, RunId.Parse("r"), 2, """{"code":"step_regression","newer":1}""");

        Assert.True(told.IsKnown);
        Assert.Equal((EventType.RunHeartbeatRefused, new HeartbeatRefusedData(RefusalCode.StepRegression)), (told.Type, told.Data));
    }

    private static string Head(string member) =>
        """
        {"id":"r","experiment_id":"e","version_id":"v","created_at":"2026-01-31T12:00:00+00:00","changed_at":"2026-01-31T12:00:00+00:00",
        "state":"running","health":"healthy","revision":7,
        """ + member + "}";

    private static string Command(string actor) =>
        $$"""{"id":"c","run_id":"r","sequence":1,"type":"pause","actor":{{actor}},"created_at":"2026-01-31T12:00:00+00:00","status":"pending"}""";

    private static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();
}
