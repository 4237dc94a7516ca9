using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>A scenario in a process of its own, so that none finds what another left: each row is a line of its output.</summary>
internal static class ScenarioVerb
{
    public const string Name = "scenario";

    private const int Interrupted = 130;

    /// <summary>Runs it in a process, and takes its rows as they come.</summary>
    /// <returns>Whether it went through.</returns>
    public static async Task<bool> RunAsync(Scenario scenario, bool quick, int? rounds, Action<Row> take, CancellationToken stop)
    {
        string[] args = [scenario.Name, quick.ToString(), (rounds ?? 0).ToString(CultureInfo.InvariantCulture)];
        var process = ChildProcess.Start(Name, args, scenario.IsLoadGenerator);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(stop) is { } line)
            {
                take(JsonSerializer.Deserialize<Row>(line)!);
            }

            await process.WaitForExitAsync(stop);
            return process.ExitCode == 0;
        }
        finally
        {
            await ChildProcess.EndAsync(process);
        }
    }

    /// <summary>Is that process.</summary>
    public static async Task<int> MeasureAsync(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        _ = CancelWithInputAsync(stop);
        var rounds = int.Parse(args[2], CultureInfo.InvariantCulture) is > 0 and var given ? given : default(int?);
        try
        {
            var scenario = Scenario.All.Single(scenario => scenario.Name == args[0]);
            await foreach (var row in scenario.MeasureAsync(bool.Parse(args[1]) ? Effort.Quick(rounds) : Effort.Full(rounds), stop.Token))
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(row));
            }

            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Interrupted;
        }
    }

    private static async Task CancelWithInputAsync(CancellationTokenSource stop)
    {
        await Task.Run(Console.In.ReadToEnd);
        await stop.CancelAsync();
    }
}
