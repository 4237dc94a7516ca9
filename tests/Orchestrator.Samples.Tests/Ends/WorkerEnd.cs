using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Tests.Ends;

/// <summary>What the end of a worker left.</summary>
/// <param name="Words">The cell of the table that says so.</param>
/// <param name="Run">The run after the process had ended, before the next worker claimed.</param>
/// <param name="States">The states that the run had until then, in their order.</param>
internal sealed record WorkerEnd(string Words, JsonNode Run, IReadOnlyList<string?> States)
{
    /// <summary>The step that a training reports when it is done.</summary>
    private const int LastStep = 1_000_000;

    private static readonly string?[] Begun = ["queued", "provisioning", "running"];

    /// <summary>The worker reported one end at most, and its last numbers with it. A worker that was replaced changed nothing.</summary>
    public void CheckReports()
    {
        var state = (string?)Run["state"];
        if ((int?)Run["attempt"] == 2 && state == "running")
        {
            Assert.Equal([.. Begun, .. Begun], States);
            Assert.Equal((EndsWorker.Successor, EndsWorker.StepOfSuccessor), ((string?)Run["worker_id"], (int?)Run["current_step"]));
            return;
        }

        Assert.Equal(state == "running" ? Begun : [.. Begun, state], States);
        if (state is not ("running" or "queued"))
        {
            Assert.Equal(
                (LastStep, 0.1, 0.9, 2),
                ((int?)Run["current_step"], (double?)Run["loss"], (double?)Run["metrics"]!["accuracy"], (int?)Run["checkpoint_version"]));
        }

        if (state == "errored")
        {
            Assert.NotEmpty((string?)Run["status_message"] ?? "");
        }
    }
}
