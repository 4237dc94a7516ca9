using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Display;
using Orchestrator.Samples.Quickstart.Operator;
using Orchestrator.Samples.Quickstart.Training;
using Orchestrator.Samples.Quickstart.Worker;
using Spectre.Console;

namespace Orchestrator.Samples.Quickstart;

/// <summary>One run from its creation to its end: an operator and a worker, who meet over HTTP only.</summary>
public sealed class Demonstration(Uri api, string checkpoint, IAnsiConsole console)
{
    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(20);
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    /// <summary>Runs it and shows it.</summary>
    /// <returns>The id of the run.</returns>
    /// <exception cref="UnexpectedException">Something did not go as it should.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var operatorHttp = new HttpClient { BaseAddress = api };
        using var workerHttp = new HttpClient { BaseAddress = api, Timeout = PollWait + TimeSpan.FromSeconds(10) };
        var operators = new OperatorApi(operatorHttp);

        var created = await operators.CreateRunAsync(
            "iris",
            "softmax-1",
            new JsonObject { ["learning_rate"] = 0.02, ["batch_size"] = 16, ["seed"] = 1 },
            new JsonObject { ["sample"] = "quickstart" },
            cancellationToken);
        var runId = (string)created["id"]!;
        console.Say("run", $"{runId}, created by {(string?)created["created_by"]}");

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = WorkAsync(workerHttp, ending.Token);
        var operating = new Plan(operators, runId, Tell).RunAsync(ending.Token);
        try
        {
            var both = BothAsync(working, operating);
            await new ProgressView(console, token => operators.GetRunAsync(runId, token)).ShowAsync(both, cancellationToken);
            await both;
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(working, operating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ReportAsync(operators, runId, cancellationToken);
        return runId;
    }

    private async Task<Ending> WorkAsync(HttpClient http, CancellationToken cancellationToken)
    {
        const string worker = "quickstart-worker";
        var options = new WorkerOptions
        {
            CheckpointPath = checkpoint,
            Pace = TimeSpan.FromMilliseconds(10),
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            PollWait = PollWait,
        };
        var claim = await Claim.WaitAsync(http, worker, new JsonObject { ["sample"] = "quickstart" }, options.RetryDelay, cancellationToken);
        var trainer = File.Exists(checkpoint)
            ? Trainer.Resume(checkpoint, Data)
            : new Trainer(Data, (int)claim.Manifest["seed"]!, (double)claim.Manifest["learning_rate"]!, (int)claim.Manifest["batch_size"]!);
        console.Say("worker", FormattableString.Invariant(
            $"{worker} has claimed it: {Data.Training.Length} irises, from step {trainer.CurrentStep} on"));

        return await new TrainingWorker(trainer, new WorkerApi(http, claim.RunId, claim.Attempt, worker), options, TimeProvider.System)
            .RunAsync(cancellationToken);
    }

    /// <summary>Ends when both have ended, or as soon as one has failed, so that its fault is the one that is told.</summary>
    private static async Task BothAsync(Task working, Task operating)
    {
        await await Task.WhenAny(working, operating);
        await Task.WhenAll(working, operating);
    }

    private void Tell(JsonNode command) => console.Say("operator", FormattableString.Invariant(
        $"{Timeline.Describe(command)}: {(string?)command["status"]} at step {(long?)command["acknowledgement"]?["step"]}, after {Timeline.Latency(command)}"));

    private async Task ReportAsync(OperatorApi operators, string runId, CancellationToken cancellationToken)
    {
        var run = await operators.GetRunAsync(runId, cancellationToken);
        var commands = await operators.ListCommandsAsync(runId, cancellationToken);
        var timeline = new Timeline(console, run);
        timeline.ShowTransitions(await operators.ListTransitionsAsync(runId, cancellationToken));
        timeline.ShowCommands(commands);

        var saved = Trainer.Resume(checkpoint, Data);
        var accuracy = saved.TestAccuracy().ToString("0.0 %", CultureInfo.InvariantCulture);
        console.MarkupLineInterpolated(
            $"[bold]Test accuracy {accuracy}[/] on {Data.Test.Length} irises held out (checkpoint {saved.CheckpointVersion}, step {saved.CurrentStep})");
        if (Expectations.Check(run, commands, saved.CheckpointVersion) is { Count: > 0 } faults)
        {
            throw new UnexpectedException(string.Join(Environment.NewLine, faults));
        }
    }
}
