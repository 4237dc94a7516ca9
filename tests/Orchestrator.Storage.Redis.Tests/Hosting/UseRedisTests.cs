using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;

namespace Orchestrator.Storage.Redis.Tests.Hosting;

public sealed class UseRedisTests
{
    private readonly string _prefix = $"hosts:{Guid.NewGuid():N}:";

    public static TheoryData<string, bool> Servers => new() { { Server.Node, true }, { Server.Node, false }, { Server.Cluster, true }, { Server.Cluster, false } };

    [Fact]
    public async Task The_store_is_the_one_that_was_chosen_last_whichever_was_registered_before()
    {
        var services = new ServiceCollection();
        services.AddOrchestrator().UseRedis("elsewhere").UseRedis(Server.Node);
        await using var provider = services.BuildServiceProvider();

        Assert.IsType<RedisRunStore>(Assert.Single(provider.GetServices<IRunStore>()));
    }

    [Theory]
    [InlineData("", "runs:", 256, 0)]
    [InlineData("password=secret", "runs:", 256, 0)]
    [InlineData("redis", "{runs}:", 256, 0)]
    [InlineData("redis", "runs:", 0, 0)]
    [InlineData("redis", "runs:", 501, 0)]
    [InlineData("redis", "runs:", 256, -1)]
    [InlineData("redis", "runs:", 256, 6)]
    public void What_makes_no_sense_is_refused_when_it_is_said(string configuration, string prefix, int shards, int replicas) =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddOrchestrator().UseRedis(configuration, options =>
            (options.Prefix, options.Shards, options.WaitForReplicas) = (prefix, shards, replicas)));

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_command_that_one_host_accepts_is_answered_to_a_poll_that_is_parked_at_another(string server, bool notifications)
    {
        await using var one = NewHost(server, notifications);
        await using var other = NewHost(server, notifications);
        await CommandExchange.CheckAsync(one.GetRequiredService<IOrchestrator>(), other.GetRequiredService<IOrchestrator>());
    }

    [Fact]
    public async Task Hints_come_whatever_prefix_other_channels_of_the_application_have()
    {
        await using var one = NewHost(Server.Node + ",channelPrefix=app:", notifications: true);
        await using var other = NewHost(Server.Node + ",channelPrefix=app:", notifications: true);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hints = other.GetRequiredService<IRunStore>().Subscribe((_, _) => heard.TrySetResult());

        await Eventually.HoldsAsync("a change is heard of", async () =>
        {
            _ = (await one.GetRequiredService<IOrchestrator>().Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value;
            return heard.Task.IsCompleted;
        });
    }

    private ServiceProvider NewHost(string server, bool notifications)
    {
        var services = new ServiceCollection();
        services.AddOrchestrator().UseRedis(server, options => (options.Prefix, options.Notifications) = (_prefix, notifications));
        return services.BuildServiceProvider();
    }
}
