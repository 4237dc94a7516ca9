using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>The tables of contract section 3, row by row.</summary>
public sealed class CommandRowTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static readonly string[] Members =
    [
        "id", "run_id", "sequence", "type", "payload", "actor", "on_behalf_of", "issued_at", "expires_at", "status", "created_at",
        "delivered_at", "delivery_count", "acknowledged_at", "acknowledgement",
    ];

    private readonly TestHost _host = shared.Host;

    [Fact]
    public async Task New_and_valid_is_202_with_the_stored_command_and_its_location()
    {
        var run = await NewRunAsync();

        var reply = (await _host.CommandAsync("pause", "c1", run: run, more: ""","issued_at":"2026-01-01T00:00:00+01:00","expires_at":"2027-01-01T00:00:00Z" """)).Is(202);

        Assert.Equal($"/api/v1/runs/{run}/commands/c1", reply.Headers["Location"]);
        Assert.Equal(Members, reply.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(run, reply["run_id"].GetString());
        Assert.Equal(1, reply["sequence"].GetInt64());
        Assert.Equal("pause", reply["type"].GetString());
        Assert.Equal("""{"type":"operator","id":"ada"}""", reply["actor"].GetRawText());
        Assert.Equal("2025-12-31T23:00:00Z", reply["issued_at"].GetString());
        Assert.Equal("2027-01-01T00:00:00Z", reply["expires_at"].GetString());
        Assert.Equal("pending", reply["status"].GetString());
        Assert.Equal(0, reply["delivery_count"].GetInt32());
        Assert.Equal(JsonValueKind.Null, reply["delivered_at"].ValueKind);
        Assert.Equal(reply.Body, (await _host.GetAsync(reply.Headers["Location"])).Is(200).Body);
    }

    [Fact]
    public async Task Without_an_id_a_command_gets_a_fresh_one()
    {
        var run = await NewRunAsync();

        var reply = (await _host.CommandAsync("pause", run: run)).Is(202);

        Assert.Equal(7, Guid.Parse(reply["id"].GetString()!).Version);
        Assert.EndsWith("/" + reply["id"].GetString(), reply.Headers["Location"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "null")]
    [InlineData("pause", "{}")]
    [InlineData("terminate", """{"reason":"r"}""")]
    [InlineData("terminate", """{"reason":"r","final_checkpoint":true}""")]
    [InlineData("terminate", """{"reason":"r","final_checkpoint":null}""")]
    [InlineData("tune", """{"learning_rate":1}""")]
    [InlineData("tune", """{"learning_rate":1e-300}""")]
    [InlineData("tune", """{"entropy_coef":0}""")]
    [InlineData("tune", """{"entropy_coef":0.1}""")]
    [InlineData("tune", """{"clip_epsilon":0.05}""")]
    [InlineData("tune", """{"clip_epsilon":0.3,"notes":"softer"}""")]
    public async Task Payload_that_its_type_allows_is_taken(string type, string payload)
    {
        var run = await NewRunAsync();

        (await _host.CommandAsync(type, payload: payload, run: run)).Is(202);
    }

    [Theory]
    [InlineData("pause", """{"a":1}""", "payload")]
    [InlineData("pause", "[]", "payload")]
    [InlineData("resume", "5", "payload")]
    [InlineData("resume", "\"x\"", "payload")]
    [InlineData("terminate", "null", "payload.reason")]
    [InlineData("terminate", "{}", "payload.reason")]
    [InlineData("terminate", """{"reason":""}""", "payload.reason")]
    [InlineData("terminate", """{"reason":null}""", "payload.reason")]
    [InlineData("terminate", """{"reason":5}""", "payload.reason")]
    [InlineData("terminate", """{"reason":"a\u0000"}""", "payload.reason")]
    [InlineData("terminate", """{"reason":"r","final_checkpoint":"yes"}""", "payload.final_checkpoint")]
    [InlineData("terminate", """{"reason":"r","force":true}""", "payload")]
    [InlineData("tune", "null", "payload")]
    [InlineData("tune", "{}", "payload")]
    [InlineData("tune", """{"notes":"only notes"}""", "payload")]
    [InlineData("tune", """{"learning_rate":0.1,"notes":5}""", "payload.notes")]
    [InlineData("tune", """{"learning_rate":0}""", "payload.learning_rate")]
    [InlineData("tune", """{"learning_rate":1.0000001}""", "payload.learning_rate")]
    [InlineData("tune", """{"learning_rate":"0.5"}""", "payload.learning_rate")]
    [InlineData("tune", """{"learning_rate":null}""", "payload.learning_rate")]
    [InlineData("tune", """{"learning_rate":1e400}""", "payload.learning_rate")]
    [InlineData("tune", """{"learning_rate":"NaN"}""", "payload.learning_rate")]
    [InlineData("tune", """{"entropy_coef":-0.01}""", "payload.entropy_coef")]
    [InlineData("tune", """{"entropy_coef":0.11}""", "payload.entropy_coef")]
    [InlineData("tune", """{"clip_epsilon":0.04}""", "payload.clip_epsilon")]
    [InlineData("tune", """{"clip_epsilon":0.31}""", "payload.clip_epsilon")]
    [InlineData("tune", """{"batch_size":8}""", "payload.batch_size")]
    [InlineData("tune", """{"Learning_Rate":0.5}""", "payload.Learning_Rate")]
    public async Task Payload_that_its_type_forbids_is_422(string type, string payload, string member)
    {
        var run = await NewRunAsync();

        Assert.Equal([member], (await _host.CommandAsync(type, payload: payload, run: run)).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Reason_of_a_terminate_has_up_to_256_characters()
    {
        var run = await NewRunAsync();
        static string Reason(int length) => $$"""{"reason":"{{new string('r', length)}}"}""";

        Assert.Equal(["payload.reason"], (await _host.CommandAsync("terminate", payload: Reason(257), run: run)).Refused(422, "validation_failed").Faulty);
        (await _host.CommandAsync("terminate", payload: Reason(256), run: run)).Is(202);
    }

    [Theory]
    [InlineData("""{"actor":{"type":"operator","id":"ada"}}""", "type")]
    [InlineData("""{"type":"dance","actor":{"type":"operator","id":"ada"}}""", "type")]
    [InlineData("""{"type":"Pause","actor":{"type":"operator","id":"ada"}}""", "type")]
    [InlineData("""{"type":"pause"}""", "actor")]
    [InlineData("""{"type":"pause","actor":null}""", "actor")]
    [InlineData("""{"type":"pause","actor":{"id":"ada"}}""", "actor.type")]
    [InlineData("""{"type":"pause","actor":{"type":"worker","id":"ada"}}""", "actor.type")]
    [InlineData("""{"type":"pause","actor":{"type":"operator"}}""", "actor.id")]
    [InlineData("""{"type":"pause","actor":{"type":"operator","id":""}}""", "actor.id")]
    [InlineData("""{"id":"","type":"pause","actor":{"type":"operator","id":"ada"}}""", "id")]
    [InlineData("""{"id":"a b","type":"pause","actor":{"type":"operator","id":"ada"}}""", "id")]
    [InlineData("""{"id":"..","type":"pause","actor":{"type":"operator","id":"ada"}}""", "id")]
    [InlineData("""{"type":"pause","issued_at":"yesterday","actor":{"type":"operator","id":"ada"}}""", "issued_at")]
    [InlineData("""{"type":"pause","issued_at":"2026-01-01T00:00:00","actor":{"type":"operator","id":"ada"}}""", "issued_at")]
    [InlineData("""{"type":"pause","expires_at":"2026-13-01T00:00:00Z","actor":{"type":"operator","id":"ada"}}""", "expires_at")]
    public async Task Fails_validation_is_422_and_names_the_member(string body, string member)
    {
        var run = await NewRunAsync();

        Assert.Equal([member], (await _host.PostAsync($"runs/{run}/commands", body)).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Every_fault_of_a_command_is_listed()
    {
        var run = await NewRunAsync();

        var reply = await _host.PostAsync(
            $"runs/{run}/commands",
            """{"id":"a b","type":"tune","issued_at":"x","expires_at":"y","actor":{"type":"x"},"payload":{"a":1,"learning_rate":2,"notes":3}}""");

        Assert.Equal(
            ["actor.id", "actor.type", "expires_at", "id", "issued_at", "payload.a", "payload.learning_rate", "payload.notes"],
            reply.Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Unknown_run_is_404_and_a_fault_of_the_command_is_told_first()
    {
        (await _host.CommandAsync("pause", run: "unknown")).Refused(404, "run_not_found");
        (await _host.CommandAsync("pause", payload: "5", run: "unknown")).Refused(422, "validation_failed");
    }

    [Theory]
    [InlineData("""{"learning_rate":0.5,"notes":"a"}""", """{ "notes" : "\u0061", "learning_rate" : 0.5 }""")]
    [InlineData("""{"learning_rate":0.5}""", """{"learning_rate":5e-1}""")]
    public async Task Same_id_with_JSON_equal_content_is_200_with_the_existing_record(string first, string again)
    {
        var run = await NewRunAsync();
        var made = (await _host.CommandAsync("tune", "c1", first, run, ""","issued_at":"2026-01-01T00:00:00Z" """)).Is(202);

        var reply = (await _host.CommandAsync("tune", "c1", again, run, ""","issued_at":"2026-02-02T00:00:00Z" """)).Is(200);

        Assert.Equal(made.Body, reply.Body);
        Assert.Equal(made.Headers["Location"], reply.Headers["Location"]);
        Assert.Equal(1, (await _host.GetAsync($"runs/{run}/commands"))["commands"].GetArrayLength());
    }

    [Fact]
    public async Task Same_id_with_same_content_is_200_also_when_the_command_no_longer_fits()
    {
        var run = await NewRunAsync();
        (await _host.CommandAsync("pause", "c1", run: run)).Is(202);
        (await _host.AckAsync("c1", run: run)).Is(200);

        Assert.Equal("applied", (await _host.CommandAsync("pause", "c1", run: run)).Is(200)["status"].GetString());
        Assert.Equal("applied", (await _host.CommandAsync("pause", "c1", "{}", run)).Is(200)["status"].GetString());
    }

    [Theory]
    [InlineData("""{"id":"c1","type":"tune","actor":{"type":"operator","id":"ada"},"payload":{"learning_rate":0.25}}""")]
    [InlineData("""{"id":"c1","type":"tune","actor":{"type":"operator","id":"bob"},"payload":{"learning_rate":0.5}}""")]
    [InlineData("""{"id":"c1","type":"tune","actor":{"type":"system","id":"ada"},"payload":{"learning_rate":0.5}}""")]
    [InlineData("""{"id":"c1","type":"tune","expires_at":"2027-01-01T00:00:00Z","actor":{"type":"operator","id":"ada"},"payload":{"learning_rate":0.5}}""")]
    [InlineData("""{"id":"c1","type":"pause","actor":{"type":"operator","id":"ada"}}""")]
    public async Task Same_id_with_other_content_is_409(string other)
    {
        var run = await NewRunAsync();
        (await _host.CommandAsync("tune", "c1", run: run)).Is(202);

        (await _host.PostAsync($"runs/{run}/commands", other)).Refused(409, "command_id_conflict");
    }

    [Fact]
    public async Task Ids_are_unique_within_a_run_only()
    {
        (await _host.CommandAsync("pause", "c1", run: await NewRunAsync())).Is(202);
        (await _host.CommandAsync("tune", "c1", run: await NewRunAsync())).Is(202);
    }

    [Fact]
    public async Task Commands_are_listed_by_sequence()
    {
        var run = await NewRunAsync();
        foreach (var id in new[] { "z", "a", "m" })
        {
            (await _host.CommandAsync("tune", id, run: run)).Is(202);
        }

        var list = (await _host.GetAsync($"runs/{run}/commands")).Is(200);

        Assert.Equal(["z 1", "a 2", "m 3"], list["commands"].EnumerateArray().Select(command => $"{command.GetProperty("id").GetString()} {command.GetProperty("sequence").GetInt64()}"));
        Assert.Equal((await _host.ReadCommandAsync("a", run)).Body, list["commands"][1].GetRawText());
    }

    [Fact]
    public async Task Commands_of_nobody_are_404()
    {
        var run = await NewRunAsync();

        (await _host.GetAsync("runs/unknown/commands")).Refused(404, "run_not_found");
        (await _host.ReadCommandAsync("c1", "unknown")).Refused(404, "run_not_found");
        (await _host.ReadCommandAsync("c1", run)).Refused(404, "command_not_found");
        (await _host.NextAsync(run: "unknown")).Refused(404, "run_not_found");
    }

    [Fact]
    public async Task A_host_declares_its_own_tunables()
    {
        await using var host = await TestHost.StartAsync(
            options => options.Tunables.Clear().Add("batch_size", 1, 512, wholeNumber: true).Add("temperature", 0, 2, minInclusive: false, maxInclusive: false));
        await host.RunningAsync();

        (await host.CommandAsync("tune", payload: """{"batch_size":512,"temperature":1.99}""")).Is(202);
        var reply = await host.CommandAsync("tune", payload: """{"batch_size":1.5,"temperature":2,"learning_rate":0.5}""");
        Assert.Equal(["payload.batch_size", "payload.learning_rate", "payload.temperature"], reply.Refused(422, "validation_failed").Faulty);
    }

    private async Task<string> NewRunAsync()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        (await _host.BeatAsync(run)).Is(200);
        return run;
    }
}
