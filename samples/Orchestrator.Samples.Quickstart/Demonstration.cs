using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Display;
using Orchestrator.Samples.Quickstart.Operator;
using Orchestrator.Samples.Quickstart.Training;
using Orchestrator.Samples.Quickstart.Trouble;
using Orchestrator.Samples.Quickstart.Watcher;
using Orchestrator.Samples.Quickstart.Worker;
using Spectre.Console;

namespace Orchestrator.Samples.Quickstart;

/// <summary>One run from its creation to its end: an operator, a worker and a watcher, who meet over HTTP only.</summary>
public sealed class Demonstration(Uri api, string checkpoint, bool withSilence, IAnsiConsole console)
{
    private const string Told =
        "run.created,run.state_changed,run.health_changed,run.terminate_recommended,command.queued,command.delivered,command.acknowledged,command.superseded";

    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(20);
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    /// <summary>Runs it and shows it.</summary>
    /// <returns>The id of the run.</returns>
    /// <exception cref="UnexpectedException">Something did not go as it should.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var operatorHttp = new HttpClient { BaseAddress = api };
        using var watcherHttp = new HttpClient { BaseAddress = api };
        using var outage = new Outage();
        using var workerHttp = new HttpClient(outage) { BaseAddress = api, Timeout = PollWait + TimeSpan.FromSeconds(10) };
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
        var operating = OperateAsync(operators, runId, outage, ending.Token);
        var watching = WatchAsync(watcherHttp, runId, ending.Token);
        try
        {
            var both = BothAsync(working, operating);
            await new ProgressView(console, token => operators.GetRunAsync(runId, token)).ShowAsync(both, cancellationToken);
            await both;
            await SeenAsync(watching);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(working, operating, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ReportAsync(operators, runId, cancellationToken);
        return runId;
    }

    private async Task<Ending> WorkAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var worker = $"{Environment.MachineName}-{Environment.ProcessId}";
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

    private async Task OperateAsync(OperatorApi operators, string runId, Outage outage, CancellationToken cancellationToken)
    {
        await Patience.WaitForAsync(() => operators.GetRunAsync(runId, cancellationToken), run => (string?)run["state"] == "running", "run", cancellationToken);
        if (withSilence)
        {
            await new Silence(outage, operators, runId, what => console.Say("worker", what)).RunAsync(cancellationToken);
        }
        else
        {
            console.Say("left out", FormattableString.Invariant(
                $"a silent worker: takes UnresponsiveAfter below {Silence.Longest.TotalSeconds} s, and Recommend"));
        }

        await new Plan(operators, runId, Tell).RunAsync(cancellationToken);
    }

    /// <summary>Tells of what happens to the run, as it is told over HTTP, until its end.</summary>
    private async Task WatchAsync(HttpClient http, string runId, CancellationToken cancellationToken)
    {
        await foreach (var told in new EventFollower(http, $"runs/{runId}/events?types={Told}", TimeSpan.FromSeconds(1)).FollowAsync(cancellationToken))
        {
            console.Say("event", EventText.Describe(told));
            if (EventText.IsEnd(told))
            {
                return;
            }
        }
    }

    private static async Task SeenAsync(Task watching)
    {
        try
        {
            await watching.WaitAsync(Patience.Limit);
        }
        catch (TimeoutException)
        {
            throw new UnexpectedException("The watcher was not told of the end of the run.");
        }
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

        var audit = await operators.VerifyAuditAsync(runId, cancellationToken);
        console.MarkupLineInterpolated($"[bold]Audit chain[/] {(long)audit["entries"]!} entries, {((bool)audit["valid"]! ? "valid" : "broken")}");

        var saved = Trainer.Resume(checkpoint, Data);
        var accuracy = saved.TestAccuracy().ToString("0.0 %", CultureInfo.InvariantCulture);
        console.MarkupLineInterpolated(
            $"[bold]Test accuracy {accuracy}[/] on {Data.Test.Length} irises held out (checkpoint {saved.CheckpointVersion}, step {saved.CurrentStep})");
        if (Expectations.Check(run, commands, audit, saved.CheckpointVersion) is { Count: > 0 } faults)
        {
            throw new UnexpectedException(string.Join(Environment.NewLine, faults));
        }
    }
}
