using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>A diverging loss must not kill a training job: contract section 2.</summary>
public sealed class HeartbeatNumberTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("NaN", "NaN")]
    [InlineData("Infinity", "Infinity")]
    [InlineData("-Infinity", "-Infinity")]
    [InlineData("\"NaN\"", "NaN")]
    [InlineData("\"Infinity\"", "Infinity")]
    [InlineData("\"-Infinity\"", "-Infinity")]
    public async Task Numbers_that_are_not_finite_are_stored_and_read_back_as_strings(string sent, string read)
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        var reply = await _host.BeatAsync(run, ("loss", sent), ("samples_per_sec", sent), ("metrics", $$"""{"acc": {{sent}},"lr":0.1}"""));

        foreach (var seen in new[] { reply.Is(200).Json, (await _host.GetAsync($"runs/{run}")).Json, await ListedAsync(run) })
        {
            Assert.Equal(read, seen.GetProperty("loss").GetString());
            Assert.Equal(read, seen.GetProperty("samples_per_sec").GetString());
            Assert.Equal(read, seen.GetProperty("metrics").GetProperty("acc").GetString());
            Assert.Equal(0.1, seen.GetProperty("metrics").GetProperty("lr").GetDouble());
        }
    }

    [Fact]
    public async Task A_read_gives_null_for_them_where_it_is_asked_to()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        (await _host.BeatAsync(run, ("loss", "NaN"), ("samples_per_sec", "Infinity"), ("metrics", """{"acc":-Infinity,"lr":0.1}"""))).Is(200);

        var read = (await _host.GetAsync($"runs/{run}?non_finite=null")).Is(200).Json;
        var listed = (await _host.GetAsync("runs?limit=500&non_finite=null"))["runs"].EnumerateArray().Single(one => one.GetProperty("id").GetString() == run);

        foreach (var seen in new[] { read, listed })
        {
            Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (seen.GetProperty("loss").ValueKind, seen.GetProperty("samples_per_sec").ValueKind));
            Assert.Equal("""{"acc":null,"lr":0.1}""", seen.GetProperty("metrics").GetRawText());
        }

        Assert.Equal(["non_finite"], (await _host.GetAsync($"runs/{run}?non_finite=NaN")).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Text_that_looks_like_such_a_number_is_left_alone()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        const string notes = """loss: NaN, {"loss":NaN}, \"Infinity""";

        var reply = await _host.BeatAsync(run, ("notes", JsonSerializer.Serialize(notes)), ("metrics", """{"NaN":1,"loss":Infinity}"""));

        Assert.Equal(notes, reply.Is(200)["status_message"].GetString());
        Assert.Equal(1, reply["metrics"].GetProperty("NaN").GetInt32());
        Assert.Equal("Infinity", reply["metrics"].GetProperty("loss").GetString());
    }

    [Fact]
    public async Task What_Python_writes_is_read()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        var body = "{\"run_id\": \"" + run + "\", \"status\": \"running\", \"step\": 3, \"samples_per_sec\": 1e-05, \"loss\": NaN, "
            + "\"checkpoint_version\": 0, \"metrics\": {\"grad_norm\": Infinity, \"a\": -Infinity}, \"notes\": \"\\u00e9\"}";

        var reply = (await _host.PostAsync($"runs/{run}/heartbeat", body)).Is(200);

        Assert.Equal("NaN", reply["loss"].GetString());
        Assert.Equal(0.00001, reply["samples_per_sec"].GetDouble());
        Assert.Equal("é", reply["status_message"].GetString());
    }

    [Fact]
    public async Task The_first_change_from_finite_to_not_finite_is_told_once_an_attempt()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        await host.CreateRunAsync();

        foreach (var (loss, told) in new[] { ("NaN", 0), ("1", 0), ("NaN", 1), ("1", 1), ("Infinity", 1) })
        {
            (await host.BeatAsync("r1", ("loss", loss))).Is(200);
            Assert.Equal(told, await ToldAsync());
        }

        (await host.StartAttemptAsync()).Is(201);
        (await host.BeatAsync("r1", ("loss", "1"), ("attempt", "2"))).Is(200);
        (await host.BeatAsync("r1", ("loss", "-Infinity"), ("attempt", "2"))).Is(200);
        Assert.Equal(2, await ToldAsync());

        async Task<int> ToldAsync() => (await host.EventsAsync("r1")).Count(told => told.Type == EventType.RunLossNotFinite);
    }

    private async Task<JsonElement> ListedAsync(string run) =>
        (await _host.GetAsync("runs?limit=500"))["runs"].EnumerateArray().Single(listed => listed.GetProperty("id").GetString() == run);
}
