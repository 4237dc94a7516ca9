using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Operator;

/// <summary>What an operator does, and when.</summary>
/// <param name="After">How long to watch before.</param>
/// <param name="Type">The command.</param>
/// <param name="Payload">What it says, as JSON.</param>
public sealed record Move(TimeSpan After, string Type, string? Payload = null);

/// <summary>An operator at work: tunes, pauses, resumes and terminates a run that runs, each time waiting until the worker has obeyed.</summary>
public sealed class Plan(OperatorApi api, string runId, Action<JsonNode> obeyed)
{
    /// <summary>The learning rate that the operator sets.</summary>
    public const double TunedLearningRate = 0.2;

    /// <summary>Every command, in order.</summary>
    public static IReadOnlyList<Move> Moves { get; } =
    [
        new(TimeSpan.FromSeconds(3), "tune", """{ "learning_rate": 0.2, "notes": "The loss falls slowly." }"""),
        new(TimeSpan.FromSeconds(4), "pause"),
        new(TimeSpan.FromSeconds(3), "resume"),
        new(TimeSpan.FromSeconds(4), "terminate", """{ "reason": "Good enough.", "final_checkpoint": true }"""),
    ];

    /// <summary>Makes every move and waits for the end of the run.</summary>
    /// <exception cref="UnexpectedException">The run did not do as it was told.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var move in Moves)
        {
            await Task.Delay(move.After, cancellationToken);
            var payload = move.Payload is null ? null : JsonNode.Parse(move.Payload)!.AsObject();
            var sent = await api.SendCommandAsync(runId, move.Type, payload, cancellationToken);
            var id = (string)sent["id"]!;
            var command = await Patience.WaitForAsync(
                () => api.GetCommandAsync(runId, id, cancellationToken), command => (string?)command["status"] == "applied", move.Type, cancellationToken);
            obeyed(command);
        }

        await Patience.WaitForAsync(() => api.GetRunAsync(runId, cancellationToken), run => run["ended_at"] is not null, "end", cancellationToken);
    }
}
