namespace Orchestrator.EndsWorker;

/// <summary>A training that runs until it is done.</summary>
/// <param name="run">The run.</param>
/// <param name="done">Completed when the training is done.</param>
internal sealed class Training(WorkerRun run, Task done)
{
    private const long LastStep = 1_000_000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Completed when a line arrives on standard input.</summary>
    public static Task Line { get; } = Task.Run(Console.ReadLine);

    /// <summary>
    /// Reports checkpoint 2, trains, and leaves its last numbers for the end of the run. Saves checkpoint 3 when it is asked to stop.
    /// </summary>
    /// <param name="interrupt">A wish to stop.</param>
    public async Task TrainAsync(CancellationToken interrupt)
    {
        Begin();
        try
        {
            for (var step = 2; !done.IsCompleted; step++)
            {
                await run.CheckControlAsync(interrupt);
                run.Report(step, loss: 1, metrics: Accuracy(0.5));
                await Task.Delay(Pace, TimeProvider.System, CancellationToken.None);
            }
        }
        catch (StopRequestedException stop) when (stop.FinalCheckpoint)
        {
            run.ReportCheckpoint(3, LastStep, "file:///checkpoints/3");
            throw;
        }

        run.Report(LastStep, loss: 0.1, metrics: Accuracy(0.9));
    }

    /// <summary>Reports checkpoint 2, and says that the worker is in its block.</summary>
    public void Begin()
    {
        run.Report(1, loss: 1, metrics: Accuracy(0.5));
        run.ReportCheckpoint(2, 1, "file:///checkpoints/2");
        Console.WriteLine($"ready {run.Id} {run.Attempt}");
    }

    private static Dictionary<string, double> Accuracy(double value) => new() { ["accuracy"] = value };
}
