using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Orchestrator.EndsWorker;

/// <summary>
/// A worker with the loop of <c>docs/workers.md</c>. SIGINT and SIGTERM cancel its <see cref="WorkerRunOptions.Shutdown"/>.
/// </summary>
internal static class LoopWorker
{
    public static async Task<int> RunAsync(WorkerArguments worker)
    {
        using var shutdown = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            shutdown.Cancel();
        }

        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var client = new OrchestratorClient(http, new OrchestratorClientOptions { BaseAddress = worker.Api });
        var claim = new ClaimOptions { Labels = worker.Labels, Wait = Timeout.InfiniteTimeSpan };
        var run = (await client.ClaimAsync(worker.WorkerId, claim, worker.Options with { Shutdown = shutdown.Token }))!;
        await ExecuteAsync(run, worker.Mode);
        Console.WriteLine($"outcome {run.Outcome}");
        return 0;
    }

    private static async Task ExecuteAsync(WorkerRun claimed, string mode)
    {
        await using var run = claimed;
        try
        {
            await TrainAsync(run, mode);
            await EndAsync(run, mode);
        }
        catch (StopRequestedException)
        {
            // Disposing of the run reports the end.
        }
        catch (RunLostException)
        {
            // Another worker has the run.
        }
        catch (Exception fault)
        {
            await run.AbandonAsync(fault);
            throw;
        }
    }

    private static async Task TrainAsync(WorkerRun run, string mode)
    {
        switch (mode)
        {
            case "group":
                using (var loader = Process.Start("sleep", "1000"))
                {
                    new Training(run, Training.Line).Begin();
                    await loader.WaitForExitAsync();
                    throw new InvalidOperationException("A process that loads data ended.");
                }

            case "iterator":
                await foreach (var _ in StepsAsync(run))
                {
                    break;
                }

                break;
            case "notebook":
                // The kernel cancels the token of the cell that it executes.
                using (var cell = new CancellationTokenSource())
                {
                    var kernel = Training.Line.ContinueWith(_ => cell.Cancel(), TaskScheduler.Default);
                    var never = new TaskCompletionSource().Task;
                    await new Training(run, never).TrainAsync(cell.Token);
                    await kernel;
                }

                break;
            default:
                await new Training(run, Training.Line).TrainAsync(CancellationToken.None);
                break;
        }
    }

    private static async Task EndAsync(WorkerRun run, string mode)
    {
        switch (mode)
        {
            case "exit-0":
                Environment.Exit(0);
                break;
            case "exit-3":
                Environment.Exit(3);
                break;
            case "exception":
                throw new InvalidOperationException("The data is damaged.");
            case "fail":
                await run.FailAsync("The data is damaged.");
                break;
            case "complete" or "refused":
                await run.CompleteAsync();
                break;
        }
    }

    private static async IAsyncEnumerable<int> StepsAsync(WorkerRun claimed)
    {
        await using var run = claimed;
        await new Training(run, Training.Line).TrainAsync(CancellationToken.None);
        yield return 1;
        await run.CompleteAsync();
    }
}
