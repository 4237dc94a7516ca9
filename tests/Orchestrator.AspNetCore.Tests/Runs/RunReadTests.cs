using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>GET /runs/{id}</c> and its <c>ETag</c>: contract section 4.</summary>
public sealed class RunReadTests
{
    [Fact]
    public async Task A_run_is_read_with_manifest_and_an_ETag_of_its_revision()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: ""","launch_manifest":{"a":1},"overrides":{"b":2}""");

        var reply = (await host.GetAsync("runs/r1")).Is(200);

        Assert.Equal($"W/\"{reply["revision"].GetInt64()}\"", reply.Headers["ETag"]);
        Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        Assert.Equal("""{"a":1}""", reply["launch_manifest"].GetRawText());
        Assert.Equal("""{"b":2}""", reply["overrides"].GetRawText());
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("W/\"999\", {0}")]
    [InlineData("*")]
    public async Task If_None_Match_of_what_stands_is_304(string header)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var tag = (await host.GetAsync("runs/r1")).Headers["ETag"];

        var reply = await host.GetAsync("runs/r1", ("If-None-Match", header.Replace("{0}", tag, StringComparison.Ordinal)));

        Assert.Equal("", reply.Is(304).Body);
        Assert.Equal(tag, reply.Headers["ETag"]);
    }

    [Theory]
    [InlineData("W/\"999\"")]
    [InlineData("\"\"")]
    [InlineData("nonsense")]
    public async Task If_None_Match_of_anything_else_is_200(string header)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.GetAsync("runs/r1", ("If-None-Match", header))).Is(200);
    }

    [Fact]
    public async Task The_tag_of_before_is_200_after_a_change_and_a_plain_heartbeat_is_none()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var tag = (await host.GetAsync("runs/r1")).Headers["ETag"];

        (await host.BeatAsync("r1", ("step", "11"))).Is(200);
        (await host.GetAsync("runs/r1", ("If-None-Match", tag))).Is(304);

        await host.CommandAsync("pause");
        (await host.GetAsync("runs/r1", ("If-None-Match", tag))).Is(200);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("a%20b")]
    [InlineData("%C3%A9")]
    public async Task An_unknown_run_is_404(string id)
    {
        await using var host = await TestHost.StartAsync();

        (await host.GetAsync($"runs/{id}")).Refused(404, "run_not_found");
        (await host.GetAsync($"runs/{id}/transitions")).Refused(404, "run_not_found");
    }

    [Fact]
    public async Task An_id_that_is_too_long_is_404()
    {
        await using var host = await TestHost.StartAsync();

        (await host.GetAsync("runs/" + new string('x', 129))).Refused(404, "run_not_found");
    }
}
