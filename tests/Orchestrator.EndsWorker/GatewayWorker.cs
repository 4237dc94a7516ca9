using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.EndsWorker;

/// <summary>
/// A worker behind a gateway that misbehaves. It claims a run, again after a line where the claim throws, trains until a line arrives, and completes
/// the run. Arguments: the API, <c>gateway</c> or <c>resilience</c>, the label of the run, the wait of a claim and the time for the end in seconds.
/// </summary>
internal static class GatewayWorker
{
    private const int Undelivered = 4;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] args)
    {
        var label = args[2];
        var options = new WorkerRunOptions
        {
            Interval = TimeSpan.FromMilliseconds(100),
            CommandWait = Patience,
            CallTimeout = 2 * Patience,
            FinalReportTimeout = Seconds(args[4]),
        };
        var claim = new ClaimOptions
        {
            Labels = new Dictionary<string, string> { ["cell"] = label },
            Wait = args[3] == "forever" ? Timeout.InfiniteTimeSpan : Seconds(args[3]),
        };
        await using var services = new ServiceCollection().AddLogging().BuildWith(args[1], new Uri(args[0]));
        var run = await ClaimAsync(services.GetRequiredService<OrchestratorClient>(), $"gateway-{label}", claim, options);
        await TrainAsync(run);
        await run.DisposeAsync();
        Console.WriteLine($"outcome {run.Outcome}");
        return run.Outcome == WorkerRunOutcome.Undelivered ? Undelivered : 0;
    }

    private static ServiceProvider BuildWith(this IServiceCollection services, string mode, Uri api)
    {
        var http = services.AddOrchestratorClient(options =>
        {
            options.BaseAddress = api;
            options.Timeout = 2 * Patience;
            options.HeartbeatTimeout = Patience;
            options.TryTimeout = mode == "resilience" ? TimeSpan.FromSeconds(10) : Patience;
        });
        if (mode == "resilience")
        {
            http.AddStandardResilienceHandler(resilience =>
            {
                resilience.AttemptTimeout.Timeout = Patience / 4;
                resilience.TotalRequestTimeout.Timeout = Patience / 2;
                resilience.Retry.MaxRetryAttempts = 1;
                resilience.CircuitBreaker.SamplingDuration = Patience;
            });
        }

        return services.BuildServiceProvider();
    }

    private static async Task<WorkerRun> ClaimAsync(OrchestratorClient client, string workerId, ClaimOptions claim, WorkerRunOptions options)
    {
        while (true)
        {
            try
            {
                if (await client.ClaimAsync(workerId, claim, options) is { } run)
                {
                    return run;
                }
            }
            catch (UnexpectedAnswerException)
            {
                Console.WriteLine("claim raised");
                Console.ReadLine();
            }
        }
    }

    private static async Task TrainAsync(WorkerRun run)
    {
        var tunes = 0;
        run.OnTune = _ =>
        {
            tunes++;
            return TuneResult.Applied();
        };
        Console.WriteLine($"ready {run.Id} {run.Attempt}");
        var line = Task.Run(Console.ReadLine);
        for (var step = 1; !line.IsCompleted; step++)
        {
            await run.CheckControlAsync();
            run.Report(step, loss: 1);
            await Task.Delay(Pace, TimeProvider.System, CancellationToken.None);
        }

        Console.WriteLine($"tunes {tunes}");
        await run.CompleteAsync();
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));
}
