using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Workers
{
    public static async Task WorkAsync(IOrchestrator orchestrator, Training training, IHostApplicationLifetime lifetime)
    {
        // <training-loop>
        var claim = new ClaimOptions { Wait = TimeSpan.FromMinutes(1) };
        var options = new WorkerRunOptions { Shutdown = lifetime.ApplicationStopping };
        if (await orchestrator.ClaimAsync(claim: claim, options: options) is not { } claimed)
        {
            return; // nothing is queued
        }

        await using var run = claimed;
        run.OnTune = tune => training.Set(tune.Values) ? TuneResult.Applied() : TuneResult.Rejected("Unknown to this optimizer.");
        training.Resume(run.Run.LaunchManifest, run.Run.ResumePoint);
        try
        {
            while (training.Step < 10_000)
            {
                await run.CheckControlAsync(); // first, so that a pause from before holds the first step
                var loss = training.Advance();
                run.Report(training.Step, loss, samples: training.BatchSize);
            }

            await run.CompleteAsync();
        }
        catch (StopRequestedException stop)
        {
            // A terminate, or a shutdown. Disposing of the run reports the end.
            if (stop.FinalCheckpoint)
            {
                var (version, uri) = training.Save(run.Aborted);
                run.ReportCheckpoint(version, training.Step, uri);
            }
        }
        catch (RunLostException)
        {
            // Another worker has the run: stop now, write nothing.
        }
        catch (Exception fault)
        {
            await run.AbandonAsync(fault); // errored, or handed back while the worker shuts down
            throw;
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
            training.Resume(run.Run.LaunchManifest, run.Run.ResumePoint);
            try
            {
                while (training.Step < 10_000)
                {
                    await run.CheckControlAsync(CancellationToken.None);
                    var loss = training.Advance();
                    run.Report(training.Step, loss, samples: training.BatchSize);
                }
            }
            catch (StopRequestedException stop) when (stop.FinalCheckpoint)
            {
                var (version, uri) = training.Save(cancellationToken);
                run.ReportCheckpoint(version, training.Step, uri);
                throw;
            }
        }
    }
    // </trainer>
}
