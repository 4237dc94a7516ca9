using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Architecture.Tests.Snippets;

/// <summary>The workers of the documents work.</summary>
public sealed class WorkersTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServiceProvider _services = new ServiceCollection().AddOrchestrator().Services.BuildServiceProvider();

    private IOrchestrator Orchestrator => _services.GetRequiredService<IOrchestrator>();

    [Fact]
    public async Task The_training_loop_completes_its_run()
    {
        var run = await Callers.CreateAsync(_services);

        await Workers.WorkAsync(Orchestrator, new Training(), new Lifetime()).WaitAsync(Patience);

        var ended = (await Orchestrator.Runs.GetAsync(run)).Value;
        Assert.Equal((RunState.Completed, 10_000L), (ended.State, ended.CurrentStep));
    }

    [Fact]
    public async Task At_a_shutdown_the_training_loop_saves_a_checkpoint_and_hands_its_run_back()
    {
        var run = await Callers.CreateAsync(_services);
        var lifetime = new Lifetime();
        lifetime.StopApplication();

        await Workers.WorkAsync(Orchestrator, new Training(), lifetime).WaitAsync(Patience);

        var left = (await Orchestrator.Runs.GetAsync(run)).Value;
        Assert.Equal((RunState.Queued, 2), (left.State, left.Attempt));
        Assert.Equal(new ResumePoint(run, 1, 1, 0, "file:///1"), left.ResumePoint);
    }

    [Fact]
    public async Task The_trainer_completes_its_run()
    {
        var id = await Callers.CreateAsync(_services);
        await using var run = await Orchestrator.AttachAsync(id);
        var training = new Training();

        await new Workers.Trainer(training).RunAsync(run, run.Aborted).WaitAsync(Patience);

        Assert.Equal(10_000, training.Step);
    }

    [Fact]
    public void The_worker_service_is_added()
    {
        var services = new ServiceCollection();

        Workers.Host(services);

        Assert.Contains(services, service => service.ServiceType == typeof(Workers.Trainer));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; }

        public CancellationToken ApplicationStopping { get; private set; }

        public CancellationToken ApplicationStopped { get; }

        public void StopApplication() => ApplicationStopping = new CancellationToken(canceled: true);
    }
}
