using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Watcher;

namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>Events in a line each.</summary>
public static class EventText
{
    private const int TypeWidth = 26;

    /// <summary>The type, and the details in a few words.</summary>
    public static string Describe(ServerSentEvent told) => $"{told.Type,-TypeWidth}{Details(told.Type, JsonNode.Parse(told.Data)!["data"]!)}".TrimEnd();

    /// <summary>Whether it is the last step of its run.</summary>
    public static bool IsEnd(ServerSentEvent told) =>
        told.Type == "run.state_changed" && JsonNode.Parse(told.Data)!["data"]!["end_reason"] is not null;

    private static string Details(string type, JsonNode data) => type switch
    {
        "run.state_changed" => $"{(string?)data["from"]} -> {(string?)data["to"]}",
        "run.health_changed" => FormattableString.Invariant($"{(string?)data["from"]} -> {(string?)data["to"]} ({(double)(data["standstill_seconds"] ?? data["silence_seconds"])!:0.0} s)"),
        "run.terminate_recommended" => FormattableString.Invariant($"silent for {(double)data["silence_seconds"]!:0.0} s"),
        "command.acknowledged" => $"{Timeline.Describe(data)}: {(string?)data["status"]}",
        _ when type.StartsWith("command.", StringComparison.Ordinal) => Timeline.Describe(data),
        _ => "",
    };
}
