using System.Text;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Input that is allowed or refused, but must cost no more than other input, and never be a fault of ours.</summary>
public sealed class HardInputTests
{
    [Fact]
    public async Task A_manifest_with_a_huge_exponent_is_kept_and_known_again()
    {
        await using var host = await TestHost.StartAsync();
        const string run = """{"id":"r1","experiment_id":"e","version_id":"v","launch_manifest":{"x":1e99999999999}}""";
        const string other = """{"id":"r1","experiment_id":"e","version_id":"v","launch_manifest":{"x":2e99999999999}}""";

        (await host.PostAsync("runs", run)).Is(201);
        Assert.Equal("""{"x":1e99999999999}""", (await host.PostAsync("runs", run)).Is(200)["launch_manifest"].GetRawText());
        (await host.PostAsync("runs", other)).Refused(409, "run_id_conflict");
    }

    [Fact]
    public async Task A_tiny_setting_is_accepted_and_known_again()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        const string payload = """{"entropy_coef":1e-99999999999}""";

        (await host.CommandAsync("tune", "c1", payload)).Is(202);
        (await host.CommandAsync("tune", "c1", payload)).Is(200);
    }

    [Fact]
    public async Task Many_bad_labels_are_told_once()
    {
        await using var host = await TestHost.StartAsync();
        var labels = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            labels.Append(i == 0 ? "" : ",").Append('"').Append(i).Append("::\":\"\"");
        }

        var reply = await host.PostAsync("runs", $$$"""{"experiment_id":"e","version_id":"v","labels":{{{{labels}}}}}""");

        var fault = Assert.Single(reply.Refused(422, "validation_failed").Details.GetProperty("errors").GetProperty("labels").EnumerateArray());
        Assert.Equal("must have at most 64 entries", fault.GetString());
    }

    [Theory]
    [InlineData(40)]
    [InlineData(5_000)]
    public async Task An_item_of_a_batch_that_nests_deep_fails_alone(int depth)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var deep = Beats.Valid("r1", ("x", new string('[', depth) + new string(']', depth)));
        var diverged = Beats.Valid("r1", ("loss", "NaN"));

        var results = (await host.PostAsync("heartbeats", $"[{deep},{diverged}]")).Is(200)["results"];

        Assert.Equal([400, 200], results.EnumerateArray().Select(result => result.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task A_command_cannot_have_the_address_of_the_queue_for_its_id()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        Assert.Equal(["id"], (await host.CommandAsync("pause", "next")).Refused(422, "validation_failed").Faulty);
    }
}
