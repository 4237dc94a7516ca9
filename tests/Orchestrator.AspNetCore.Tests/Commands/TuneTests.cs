using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>How tunes reach <c>tuned</c>, and how a later one overrides an earlier one: contract section 3 and invariant 5.</summary>
public sealed class TuneTests
{
    [Fact]
    public async Task Applied_it_is_merged_into_tuned_as_asked_or_as_the_worker_says()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1", """{"learning_rate":0.5,"entropy_coef":0.01,"notes":"warm"}""");
        await host.CommandAsync("tune", "c2", """{"learning_rate":0.25}""");

        await host.AckAsync("c1");
        Assert.Equal("""{"learning_rate":0.5,"entropy_coef":0.01}""", await TunedAsync(host));
        await host.AckAsync("c2", """{"applied":{"learning_rate":0.2}}""");
        Assert.Equal("""{"learning_rate":0.2,"entropy_coef":0.01}""", await TunedAsync(host));
    }

    [Fact]
    public async Task Overridden_in_all_its_names_it_is_superseded()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1", """{"learning_rate":0.5}""");
        await host.CommandAsync("tune", "c2", """{"learning_rate":0.25,"entropy_coef":0.01}""");

        await host.AckAsync("c2");

        Assert.Equal("superseded", (await host.ReadCommandAsync("c1"))["status"].GetString());
        (await host.NextAsync()).Is(204);
    }

    [Fact]
    public async Task Overridden_in_part_it_is_delivered_without_those_names_and_never_sets_them_back()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1", """{"learning_rate":0.5,"entropy_coef":0.01}""");
        await host.CommandAsync("tune", "c2", """{"learning_rate":0.25}""");
        await host.AckAsync("c2");

        var delivered = (await host.NextAsync()).Is(200);
        await host.AckAsync("c1");

        Assert.Equal("c1", delivered["id"].GetString());
        Assert.Equal("""{"entropy_coef":0.01}""", delivered["payload"].GetRawText());
        Assert.Equal("""{"learning_rate":0.5,"entropy_coef":0.01}""", (await host.ReadCommandAsync("c1"))["payload"].GetRawText());
        Assert.Equal("""{"learning_rate":0.25,"entropy_coef":0.01}""", await TunedAsync(host));
    }

    [Fact]
    public async Task Acknowledged_late_it_never_overwrites_what_a_later_one_set()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1", """{"learning_rate":0.5,"entropy_coef":0.01}""");
        await host.NextAsync();
        await host.CommandAsync("tune", "c2", """{"learning_rate":0.25}""");
        await host.AckAsync("c2");

        await host.AckAsync("c1", """{"applied":{"learning_rate":0.5,"entropy_coef":0.02}}""");

        Assert.Equal("""{"learning_rate":0.25,"entropy_coef":0.02}""", await TunedAsync(host));
    }

    private static async Task<string> TunedAsync(TestHost host) => (await host.GetAsync("runs/r1"))["tuned"].GetRawText();
}
