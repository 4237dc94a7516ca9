using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>Commands that go with the answer to a heartbeat, <c>?commands=N</c>: contract section 2.</summary>
public sealed class HeartbeatCommandsTests
{
    [Fact]
    public async Task The_answer_has_the_run_and_up_to_N_commands_in_order()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        foreach (var id in new[] { "c1", "c2", "c3" })
        {
            (await host.CommandAsync("tune", id)).Is(202);
        }

        var reply = (await host.PostAsync("runs/r1/heartbeat?commands=2", Beats.Valid())).Is(200);

        Assert.Equal(["run", "commands"], reply.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("r1", reply["run"].GetProperty("id").GetString());
        Assert.Equal(["c1", "c2"], reply["commands"].EnumerateArray().Select(command => command.GetProperty("id").GetString()));
        Assert.All(reply["commands"].EnumerateArray(), command => Assert.Equal("delivered", command.GetProperty("status").GetString()));
        Assert.Equal(1, (await host.ReadCommandAsync("c1"))["delivery_count"].GetInt32());
        Assert.Equal("pending", (await host.ReadCommandAsync("c3"))["status"].GetString());
        Assert.Equal("c3", (await host.NextAsync()).Is(200)["id"].GetString());
    }

    [Fact]
    public async Task Without_commands_in_the_query_nothing_is_delivered()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");

        var reply = await host.BeatAsync();

        Assert.Equal("r1", reply.Is(200)["id"].GetString());
        Assert.Equal("pending", (await host.ReadCommandAsync("c1"))["status"].GetString());
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("16", 16)]
    public async Task N_is_from_0_to_16(string n, int delivered)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        for (var i = 0; i < 20; i++)
        {
            await host.CommandAsync("tune");
        }

        Assert.Equal(delivered, (await host.PostAsync($"runs/r1/heartbeat?commands={n}", Beats.Valid())).Is(200)["commands"].GetArrayLength());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("17")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("1&commands=2")]
    [InlineData("99999999999")]
    public async Task Any_other_N_is_422(string n)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.PostAsync($"runs/r1/heartbeat?commands={n}", Beats.Valid());

        Assert.Equal(["commands"], reply.Refused(422, "validation_failed").Faulty);
        Assert.Equal(0, (await host.GetAsync("runs/r1"))["heartbeats"].GetInt64());
    }

    [Fact]
    public async Task A_heartbeat_that_is_refused_or_late_delivers_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.BeatAsync("r1", ("beat", "5"));
        await host.CommandAsync("pause", "c1");

        (await host.PostAsync("runs/r1/heartbeat?commands=4", Beats.Valid(changes: ("step", "1")))).Refused(409, "step_regression");
        (await host.PostAsync("runs/r1/heartbeat?commands=4", Beats.Valid(changes: ("beat", "6")))).Refused(429, "heartbeat_throttled");
        Assert.Empty((await host.PostAsync("runs/r1/heartbeat?commands=4", Beats.Valid(changes: ("beat", "5")))).Is(200)["commands"].EnumerateArray());

        Assert.Equal("pending", (await host.ReadCommandAsync("c1"))["status"].GetString());
    }

    [Fact]
    public async Task With_include_manifest_the_run_has_its_manifest()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: ""","launch_manifest":{"lr":1.10}""");

        var reply = await host.PostAsync("runs/r1/heartbeat?commands=1&include=manifest", Beats.Valid());

        Assert.Equal("""{"lr":1.10}""", reply.Is(200)["run"].GetProperty("launch_manifest").GetRawText());
    }

    [Theory]
    [InlineData("include=all")]
    [InlineData("include=")]
    [InlineData("include=manifest&include=manifest")]
    public async Task Any_other_include_is_422(string query)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        Assert.Equal(["include"], (await host.PostAsync($"runs/r1/heartbeat?{query}", Beats.Valid())).Refused(422, "validation_failed").Faulty);
    }
}
