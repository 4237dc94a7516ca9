using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Events;

/// <summary>How an application adds publishers.</summary>
public sealed class PublisherRegistrationTests
{
    [Fact]
    public async Task A_publisher_that_uses_the_orchestrator_is_added_once_and_gets_the_events_of_the_host()
    {
        using var host = Build(orchestrator => orchestrator.AddPublisher<CountingPublisher>().AddPublisher<CountingPublisher>().AddLoggingPublisher());
        await host.StartAsync();
        var publishers = host.Services.GetServices<IEventPublisher>().ToList();
        Assert.Equal(["counting", "log"], publishers.Select(publisher => publisher.Name));

        var run = (await host.Services.GetRequiredService<IOrchestrator>().Runs.CreateAsync(TestHost.NewRun("run"))).Value.Value;

        Assert.Equal(run.Id, await ((CountingPublisher)publishers[0]).First.Task.WaitAsync(TestHost.Patience));
        await host.StopAsync().WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Two_publishers_of_one_name_stop_the_start_and_are_named()
    {
        using var host = Build(orchestrator =>
        {
            orchestrator.Services.AddSingleton<IEventPublisher>(new RecordingPublisher("twice"));
            orchestrator.Services.AddSingleton<IEventPublisher>(new RecordingPublisher("twice"));
        });

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("Two publishers are named 'twice'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public async Task A_name_that_cannot_be_kept_stops_the_start_and_is_shown(string name)
    {
        using var host = Build(orchestrator => orchestrator.Services.AddSingleton<IEventPublisher>(new RecordingPublisher(name)));

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains($"RecordingPublisher is named '{name}'", fault.Message, StringComparison.Ordinal);
    }

    private static IHost Build(Action<OrchestratorBuilder> add)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        add(builder.Services.AddOrchestrator());
        return builder.Build();
    }

    private sealed class CountingPublisher(IOrchestrator orchestrator) : IEventPublisher
    {
        public TaskCompletionSource<RunId> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "counting";

        public async ValueTask PublishAsync(IReadOnlyList<RunEvent> events, CancellationToken cancellationToken) =>
            First.TrySetResult((await orchestrator.Runs.GetAsync(events[0].RunId, cancellationToken: cancellationToken)).Value.Id);
    }
}
