using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Orchestrator;
using Orchestrator.Samples.Trainer;

// The exit code after an end that could not be delivered.
const int undelivered = 4;

// SIGTERM and Ctrl+C ask for a checkpoint and hand the run back; this process ends when that is done.
using var shutdown = new CancellationTokenSource();
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    var settings = Settings.Read(new ConfigurationBuilder().AddEnvironmentVariables("TRAINER_").AddCommandLine(args).Build());
    var training = new IrisTraining(settings.Checkpoints, settings.Pace, Console.WriteLine);
    var claim = new ClaimOptions { Wait = Timeout.InfiniteTimeSpan };
    var options = new WorkerRunOptions { Interval = settings.Interval, FinalReportTimeout = settings.Goodbye, Shutdown = shutdown.Token };
    using var http = new HttpClient { BaseAddress = settings.Server };
    var orchestrator = new OrchestratorClient(http);

    Console.WriteLine($"{settings.Worker} claims runs from {settings.Server}");
    while (await orchestrator.ClaimAsync(settings.Worker, claim, options, shutdown.Token) is { } run)
    {
        await ExecuteAsync(run, training);
        if (run.Outcome == WorkerRunOutcome.Undelivered)
        {
            await Console.Error.WriteLineAsync($"{run.Id}: the end could not be delivered; the run keeps its state");
            return undelivered;
        }
    }

    return 0;
}
catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
{
    return 0;
}
catch (Exception fault) when (fault is FormatException or ArgumentException or RefusedException or UnexpectedAnswerException or IOException)
{
    await Console.Error.WriteLineAsync("The trainer failed: " + fault.Message);
    return 1;
}

static async Task ExecuteAsync(WorkerRun claimed, IrisTraining training)
{
    await using var run = claimed;
    try
    {
        await training.RunAsync(run, run.Aborted);
        await run.CompleteAsync(CancellationToken.None);
    }
    catch (StopRequestedException)
    {
        // Disposing of the run acknowledges the terminate, or hands the run back.
    }
    catch (OperationCanceledException stop) when (stop is RunLostException || run.Aborted.IsCancellationRequested)
    {
        Console.WriteLine($"{run.Id}: lost; nothing more is written");
    }
    catch (Exception fault)
    {
        await run.AbandonAsync(fault, CancellationToken.None);
        throw;
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    shutdown.Cancel();
}
