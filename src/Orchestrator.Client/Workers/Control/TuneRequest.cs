using System.Text.Json;

namespace Orchestrator;

/// <summary>A <c>tune</c>: new values for tunables.</summary>
public sealed class TuneRequest
{
    internal TuneRequest(Command command, Func<string, bool>? isOverridden = null)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        if (command.Payload is { ValueKind: JsonValueKind.Object } payload)
        {
            foreach (var member in payload.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Number)
                {
                    if (isOverridden?.Invoke(member.Name) != true)
                    {
                        values[member.Name] = member.Value.GetDouble();
                    }
                }
                else if (member.NameEquals("notes"u8) && member.Value.ValueKind == JsonValueKind.String)
                {
                    Notes = member.Value.GetString();
                }
            }
        }

        (CommandId, Actor, Values) = (command.Id, command.Actor, values);
    }

    /// <summary>The command.</summary>
    public CommandId CommandId { get; }

    /// <summary>Who gave it.</summary>
    public Actor Actor { get; }

    /// <summary>The tunables to set, by name. What a newer <c>tune</c> has set is left away.</summary>
    public IReadOnlyDictionary<string, double> Values { get; }

    /// <summary>Words of whoever gave the command.</summary>
    public string? Notes { get; }
}
