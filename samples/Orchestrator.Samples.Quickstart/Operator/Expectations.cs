using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Operator;

/// <summary>Whether a run has gone as it was controlled.</summary>
public static class Expectations
{
    /// <summary>Compares what the control plane has recorded with what was ordered.</summary>
    /// <param name="run">The run, after its end.</param>
    /// <param name="commands">Its commands.</param>
    /// <param name="audit">What the verification of its audit chain found.</param>
    /// <param name="savedCheckpoint">The version of the checkpoint on the disk.</param>
    /// <returns>What is not as it should be, one sentence each.</returns>
    public static IReadOnlyList<string> Check(JsonNode run, JsonArray commands, JsonNode audit, long savedCheckpoint)
    {
        var faults = new List<string>();
        Expect("the state", (string?)run["state"], "terminated");
        Expect("the end reason", (string?)run["end_reason"], "terminated");
        Expect("the learning rate in force", (double?)run["tuned"]?["learning_rate"], Plan.TunedLearningRate);
        Expect("the checkpoint on the disk", savedCheckpoint, (long?)run["checkpoint_version"]);
        Expect("whether the audit chain is valid", (bool?)audit["valid"], true);
        Expect("the number of commands", commands.Count, Plan.Moves.Count);
        foreach (var command in commands)
        {
            Expect($"the command {(string?)command!["type"]}", (string?)command["status"], "applied");
        }

        return faults;

        void Expect<T>(string what, T found, T expected)
        {
            if (!Equals(found, expected))
            {
                faults.Add(FormattableString.Invariant($"Of the run, {what} is {(object?)found ?? "missing"}, not {expected}."));
            }
        }
    }
}
