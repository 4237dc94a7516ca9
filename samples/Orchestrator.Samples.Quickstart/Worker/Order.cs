using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>A command as a worker reads it.</summary>
/// <param name="Id">Names the command, also when it is delivered again.</param>
/// <param name="Type"><c>tune</c>, <c>pause</c>, <c>resume</c> or <c>terminate</c>.</param>
/// <param name="Payload">What the type needs.</param>
public sealed record Order(string Id, string Type, JsonObject? Payload)
{
    /// <summary>Reads a command from an answer of the control plane.</summary>
    public static Order From(JsonNode command) =>
        new((string)command["id"]!, (string)command["type"]!, command["payload"] as JsonObject);
}

/// <summary>What a worker made of a command.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="Outcome"><c>applied</c> or <c>rejected</c>.</param>
/// <param name="Step">The step at which it was applied.</param>
/// <param name="Reason">Why it was rejected.</param>
/// <param name="Applied">Of a tune: the values now in force.</param>
public sealed record Ack(
    string CommandId, string Outcome, long Step, string? Reason = null, IReadOnlyDictionary<string, double>? Applied = null);
