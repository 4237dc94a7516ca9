using System.Text.Json;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Commands;

/// <summary>Commands in a few words.</summary>
internal static class CommandText
{
    /// <summary>What it asks for.</summary>
    public static string Asked(Command command) => command.Payload is { ValueKind: JsonValueKind.Object } payload
        ? $"{command.Type.ToWireName()} {string.Join(' ', payload.EnumerateObject().Select(member => $"{member.Name}={Value(member.Value)}"))}".TrimEnd()
        : command.Type.ToWireName();

    private static string? Value(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    /// <summary>What has come of it.</summary>
    public static string Outcome(Command command)
    {
        var text = command.Status.ToWireName();
        if (command.Acknowledgement is not { } answer)
        {
            return text;
        }

        text += answer.Step is { } step ? $" at step {Cells.Number(step)}" : "";
        text += answer.Applied is { Count: > 0 } applied ? $" as {string.Join(' ', applied.Select(set => $"{set.Key}={Cells.Number(set.Value)}"))}" : "";
        return text + (answer.Reason is { Length: > 0 } reason ? $": {reason}" : "");
    }
}
