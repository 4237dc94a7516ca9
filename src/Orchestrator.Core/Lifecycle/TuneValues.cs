using System.Buffers;
using System.Text.Json;

namespace Orchestrator.Core.Lifecycle;

/// <summary>The values that a <c>tune</c> asks for, out of its payload and into one.</summary>
internal static class TuneValues
{
    private const string Notes = "notes";

    /// <summary>The values that a <c>tune</c> asks for.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(Command tune) =>
        tune.Payload is { } payload
            ? payload.EnumerateObject()
                .Where(member => !member.NameEquals(Notes))
                .Select(member => KeyValuePair.Create(member.Name, member.Value.GetDouble()))
            : [];

    /// <summary>The payload of a <c>tune</c> that asks for these values.</summary>
    public static JsonElement ToPayload(IEnumerable<KeyValuePair<string, double>> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in values)
            {
                writer.WriteNumber(name, value);
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
