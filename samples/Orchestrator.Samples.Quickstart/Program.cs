using Microsoft.Extensions.Options;
using Orchestrator.Samples.Quickstart;
using Orchestrator.Samples.Quickstart.Display;
using Orchestrator.Samples.Quickstart.Hosting;
using Orchestrator.Samples.Quickstart.Operator;
using Orchestrator.Samples.Quickstart.Trouble;
using Spectre.Console;

const int failed = 1;
const int interrupted = 130;

try
{
    var commandLine = CommandLine.Parse(args);
    if (commandLine.Help)
    {
        Console.WriteLine(CommandLine.Usage);
        return 0;
    }

    using var checkpoints = CheckpointFolder.Open(commandLine.Checkpoints);
    await using var controlPlane = await ControlPlane.StartAsync(commandLine.Host);
    var console = Terminal.Open();
    console.Say("serving", controlPlane.Address.ToString());
    console.Say("saving", checkpoints.File + (checkpoints.IsTemporary ? " (temporary)" : ""));
    try
    {
        var demonstration = new Demonstration(controlPlane.Address, checkpoints.File, Silence.CanBeShown(controlPlane.Health), console);
        var runId = await demonstration.RunAsync(controlPlane.Stopping);
        console.WriteLine();
        if (!commandLine.KeepRunning)
        {
            NextSteps.Show(console);
            return 0;
        }

        NextSteps.ShowCalls(console, controlPlane.Address, runId);
        await controlPlane.StoppedAsync();
        return 0;
    }
    catch (OperationCanceledException) when (controlPlane.Stopping.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("Interrupted before the run had ended.");
        return interrupted;
    }
}
catch (OptionsValidationException refused)
{
    return await FailAsync(string.Join(Environment.NewLine, refused.Failures));
}
catch (Exception fault) when (fault is UnexpectedException or HttpRequestException or FormatException or IOException or InvalidDataException or UnauthorizedAccessException)
{
    return await FailAsync(fault.Message);
}

static async Task<int> FailAsync(string message)
{
    await Console.Error.WriteLineAsync("The quickstart failed: " + message);
    return failed;
}
