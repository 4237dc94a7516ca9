using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Orchestrator.EndsWorker;

/// <summary>A worker in an application: the host claims the run, and the block is <see cref="ITrainer.RunAsync"/>.</summary>
internal static class HostedWorker
{
    public static async Task<int> RunAsync(WorkerArguments worker)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddOrchestratorClient(options => options.BaseAddress = worker.Api);
        builder.Services.AddSingleton<IOrchestrator>(provider => provider.GetRequiredService<OrchestratorClient>());
        builder.Services.AddOrchestratorWorker<Trainer>(options =>
        {
            options.WorkerId = worker.WorkerId;
            options.Labels = worker.Labels;
            options.Run = worker.Options;
        });
        await builder.Build().RunAsync();
        return 0;
    }

    private sealed class Trainer : ITrainer
    {
        public Task RunAsync(WorkerRun run, CancellationToken cancellationToken) =>
            new Training(run, Training.Line).TrainAsync(CancellationToken.None);
    }
}
