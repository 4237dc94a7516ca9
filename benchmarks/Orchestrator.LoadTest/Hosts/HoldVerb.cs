using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>
/// Holds runs in the memory of a process of its own, each of which reports every 5 s as far as the orchestrator can tell, since its clock is moved by hand;
/// and sweeps as often.
/// </summary>
internal static class HoldVerb
{
    public const string Name = "hold";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>In how many periods the runs begin, so that as many become silent in one as in another: as many as a silence has that is looked at.</summary>
    private const int Beginning = 9;

    /// <summary>How many periods it takes until a sweep finds what every later one finds: the runs have begun, and each was looked at once.</summary>
    private const int Settling = 2 * Beginning;

    /// <summary>Runs it in a process.</summary>
    public static async Task<HeldRuns> RunAsync(int runs, int sweeps, CancellationToken stop)
    {
        var process = ChildProcess.Start(Name, [runs.ToString(CultureInfo.InvariantCulture), sweeps.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(stop) ?? throw new InvalidOperationException("The process that holds runs ended without a result.");
            return JsonSerializer.Deserialize(line, HostJson.Default.HeldRuns)!;
        }
        finally
        {
            await ChildProcess.EndAsync(process);
        }
    }

    /// <summary>Is that process.</summary>
    public static async Task MeasureAsync(string[] args)
    {
        using var interrupts = ChildProcess.IgnoreInterrupts();
        _ = EndWithInputAsync();
        var (count, sweeps) = (int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock);
        services.AddOrchestrator();
        await using var provider = services.BuildServiceProvider();
        var engine = provider.GetRequiredService<Engine>();
        var runs = new RunId[count];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            runs[i] = (await engine.Runs.CreateAsync(Fleet.NewRun(id: null))).Value.Value.Id;
        }

        var queued = GC.GetTotalMemory(forceFullCollection: true) - before;
        var times = new List<double>();
        for (var step = 0; step < Settling + sweeps; step++)
        {
            clock.Advance(Period);
            var begun = (int)Math.Min(count, (step + 1L) * count / Beginning);
            foreach (var run in runs[..begun])
            {
                _ = (await engine.Heartbeats.ReportAsync(run, Fleet.Beat(run, step))).Value;
            }

            var begin = Stopwatch.GetTimestamp();
            await engine.Sweeper.SweepAsync(CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        var running = GC.GetTotalMemory(forceFullCollection: true) - before;
        var held = new HeldRuns(queued / (double)count, running / (double)count, times[^sweeps..]);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(held, HostJson.Default.HeldRuns));
    }

    private static async Task EndWithInputAsync()
    {
        await Task.Run(Console.In.ReadToEnd);
        Environment.Exit(1);
    }
}

/// <summary>What runs in memory take.</summary>
/// <param name="QueuedBytes">Each, once created.</param>
/// <param name="RunningBytes">Each, once it reports.</param>
/// <param name="SweepMilliseconds">Every sweep that was measured.</param>
internal sealed record HeldRuns(double QueuedBytes, double RunningBytes, IReadOnlyList<double> SweepMilliseconds);
