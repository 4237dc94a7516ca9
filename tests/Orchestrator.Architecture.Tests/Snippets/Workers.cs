using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Workers
{
    public static async Task WorkAsync(IOrchestrator orchestrator, Training training, IHostApplicationLifetime lifetime)
    {
        // <training-loop>
        var options = new WorkerRunOptions { Shutdown = lifetime.ApplicationStopping };
        if (await orchestrator.ClaimAsync("worker-1", wait: TimeSpan.FromMinutes(1), options: options) is not { } claimed)
        {
            return; // nothing is queued
        }

        await using var run = claimed;
        run.OnTune = tune => training.Set(tune.Values) ? TuneResult.Applied() : TuneResult.Rejected("Unknown to this optimizer.");
        training.Resume(run.Run.LaunchManifest, run.Run.CheckpointVersion);
        try
        {
            while (training.Step < 10_000)
            {
                var loss = training.Advance();
                run.Report(training.Step, loss, training.SamplesPerSec);
                await run.CheckControlAsync();
            }

            await run.CompleteAsync();
        }
        catch (StopRequestedException stop)
        {
            // A terminate, or a shutdown. Disposing of the run tells the rest.
            if (stop.FinalCheckpoint)
            {
                run.ReportCheckpoint(training.Save(run.Aborted), training.Step);
            }
        }
        catch (RunLostException)
        {
            // Another worker has the run: stop now, write nothing.
        }
        // </training-loop>
    }

    public static void Host(IServiceCollection services)
    {
        // <worker-service>
        services.AddOrchestratorWorker<Trainer>(options =>
        {
            options.Labels = new Dictionary<string, string> { ["pool"] = "gpu" };
            options.MaxConcurrentRuns = 4;
        });
        // </worker-service>
    }

    // <trainer>
    public sealed class Trainer(Training training) : ITrainer
    {
        public async Task RunAsync(WorkerRun run, CancellationToken cancellationToken)
        {
            training.Resume(run.Run.LaunchManifest, run.Run.CheckpointVersion);
            try
            {
                while (training.Step < 10_000)
                {
                    run.Report(training.Step, training.Advance(), training.SamplesPerSec);
                    await run.CheckControlAsync(CancellationToken.None);
                }
            }
            catch (StopRequestedException stop) when (stop.FinalCheckpoint)
            {
                run.ReportCheckpoint(training.Save(cancellationToken), training.Step);
                throw;
            }
        }
    }
    // </trainer>
}
