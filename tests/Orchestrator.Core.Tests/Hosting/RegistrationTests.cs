using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Hosting;

public sealed class RegistrationTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Adding_it_again_only_adds_to_the_options()
    {
        var services = new ServiceCollection();
        services.AddOrchestrator(options => (options.Commands.MaxPending, options.Health.MaxAttempts) = (1, 2));
        services.AddOrchestrator(options => options.Commands.MaxPending = 3);
        Assert.Equal(3, services.Count(service => service.ServiceType == typeof(IHostedService)));
        Assert.Equal(1, services.Count(service => service.ServiceType == typeof(IOrchestrator)));
        Assert.Equal(1, services.Count(service => service.ServiceType == typeof(IRunStore)));

        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<OrchestratorOptions>>().Value;
        Assert.Equal((3, 2), (options.Commands.MaxPending, options.Health.MaxAttempts));
        Assert.Same(provider.GetRequiredService<Engine>(), provider.GetRequiredService<IOrchestrator>());
    }

    [Fact]
    public async Task It_works_in_a_container_without_a_host()
    {
        await using var provider = new ServiceCollection().AddOrchestrator().Services.BuildServiceProvider();
        var orchestrator = provider.GetRequiredService<IOrchestrator>();
        var run = (await orchestrator.Runs.CreateAsync(TestHost.NewRun())).Value.Value;
        Assert.Equal(RunState.Queued, (await orchestrator.Runs.GetAsync(run.Id)).Value.State);
    }

    [Fact]
    public async Task A_store_that_was_registered_before_is_used()
    {
        var store = new InMemoryRunStore(new FakeTimeProvider());
        var services = new ServiceCollection().AddSingleton<IRunStore>(store);
        await using var provider = services.AddOrchestrator().Services.BuildServiceProvider();
        var run = (await provider.GetRequiredService<IOrchestrator>().Runs.CreateAsync(TestHost.NewRun("run"))).Value.Value;
        Assert.Equal(run.Id, (await store.ListAsync(new RunFilter(), 1, null, RunDetail.Summary, CancellationToken.None)).Items[0].Head.Id);
    }

    [Fact]
    public async Task A_host_does_not_start_with_options_that_make_no_sense()
    {
        var builder = NewBuilder();
        builder.Configuration["Orchestrator:Commands:MaxPending"] = "0";
        builder.Services.AddOrchestrator();
        using var host = builder.Build();
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("Orchestrator:Commands:MaxPending is 0", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stop_of_the_host_ends_every_parked_poll_and_claim_at_once()
    {
        var builder = NewBuilder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()).AddOrchestrator();
        using var host = builder.Build();
        await host.StartAsync();
        var orchestrator = host.Services.GetRequiredService<IOrchestrator>();
        await CheckThatWaitsEndAsync(orchestrator, () => host.StopAsync());
    }

    [Fact]
    public async Task Disposal_ends_every_parked_poll_and_claim_at_once()
    {
        var host = new TestHost();
        await CheckThatWaitsEndAsync(host.Engine, () => host.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await host.Runs.CreateAsync(TestHost.NewRun("late")));
    }

    [Fact]
    public async Task A_host_sweeps_by_itself_every_interval()
    {
        var time = new FakeTimeProvider();
        var builder = NewBuilder();
        builder.Services.AddSingleton<TimeProvider>(time).AddOrchestrator();
        using var host = builder.Build();
        await host.StartAsync();
        var orchestrator = host.Services.GetRequiredService<IOrchestrator>();
        var run = (await orchestrator.Runs.CreateAsync(TestHost.NewRun())).Value.Value.Id;
        _ = (await orchestrator.Heartbeats.ReportAsync(run, TestHost.Beat(run, status: RuntimeStatus.Terminating))).Value;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = host.Services.GetRequiredService<IRunStore>().Subscribe((_, state) =>
        {
            if (state == RunState.Terminated)
            {
                ended.TrySetResult();
            }
        });

        // The sweeper starts its timer when it comes to it.
        var patience = TimeProvider.System.GetTimestamp();
        while (!ended.Task.IsCompleted && TimeProvider.System.GetElapsedTime(patience) < TestHost.Patience)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.True(ended.Task.IsCompletedSuccessfully);
        await host.StopAsync();
        Assert.Equal(EndReason.Forced, (await orchestrator.Runs.GetAsync(run)).Value.EndReason);
    }

    private static HostApplicationBuilder NewBuilder()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        return builder;
    }

    private static async Task CheckThatWaitsEndAsync(IOrchestrator orchestrator, Func<Task> stop)
    {
        var run = (await orchestrator.Runs.CreateAsync(TestHost.NewRun())).Value.Value.Id;
        _ = (await orchestrator.Heartbeats.ReportAsync(run, TestHost.Beat(run))).Value;
        var polls = Enumerable.Range(0, 10).Select(_ => orchestrator.Commands.NextAsync(run, Minute).AsTask()).ToList();
        var claims = Enumerable.Range(0, 10).Select(n => orchestrator.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{n}", Wait = Minute }).AsTask()).ToList();
        Assert.DoesNotContain(polls, poll => poll.IsCompleted);
        Assert.DoesNotContain(claims, claim => claim.IsCompleted);

        var stopping = stop();
        Assert.All(await Task.WhenAll(polls).WaitAsync(TestHost.Patience), poll => Assert.Null(poll.Value));
        Assert.All(await Task.WhenAll(claims).WaitAsync(TestHost.Patience), claim => Assert.Null(claim.Value.Value));
        await stopping.WaitAsync(TestHost.Patience);
    }
}
