using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using Orchestrator.Core.Lifecycle;

namespace Orchestrator.Core.Commands;

/// <summary>What <c>tune</c> commands set, and which of them overrides which.</summary>
internal static class Tuning
{
    // Workers answer with names that nobody asked for; what a run keeps of them has a bound.
    private const int MaxTuned = 64;

    /// <summary>Whether the newer command makes the older one pointless: it sets all that the older one sets.</summary>
    public static bool Covers(Command newer, Command older)
    {
        var names = TuneValues.Of(newer).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        return TuneValues.Of(older).All(pair => names.Contains(pair.Key));
    }

    /// <summary>Whether later commands, together, have set all that this one sets.</summary>
    public static bool IsOverridden(Command tune, IReadOnlyDictionary<string, TunedValue> tuned) =>
        TuneValues.Of(tune).All(pair => tuned.TryGetValue(pair.Key, out var present) && present.Sequence > tune.Sequence);

    /// <summary>
    /// The tunables after a command was applied. All that it asked for is its own from then on, also what the worker gave no value of: that
    /// keeps the value that it has. What a later command set stays. A name that it did not ask for gets the value, and stays whose it was.
    /// </summary>
    public static IReadOnlyDictionary<string, TunedValue> Merge(IReadOnlyDictionary<string, TunedValue> tuned, Command command)
    {
        var applied = command.Acknowledgement?.Applied;
        var merged = new Dictionary<string, TunedValue>(tuned, StringComparer.Ordinal);
        foreach (var (name, asked) in TuneValues.Of(command))
        {
            var isKnown = merged.TryGetValue(name, out var present);
            if (!isKnown || present.Sequence <= command.Sequence)
            {
                var value = applied is null ? asked : applied.TryGetValue(name, out var given) ? given : present.Value;
                merged[name] = new TunedValue(value, command.Sequence);
            }
        }

        foreach (var (name, value) in applied ?? FrozenDictionary<string, double>.Empty)
        {
            if (merged.TryGetValue(name, out var present) ? present.Sequence <= command.Sequence : merged.Count < MaxTuned)
            {
                // Told, not asked for: an older command that asks for it is not over.
                merged[name] = new TunedValue(value, present.Sequence);
            }
        }

        return merged;
    }

    /// <summary>
    /// The command as it is to be handed to a worker: without the values that a later command has set since, so that an older
    /// setting never comes after a newer one (contract, invariant 5).
    /// </summary>
    public static Command WithoutOverridden(Command command, IReadOnlyDictionary<string, TunedValue> tuned)
    {
        if (command.Type != CommandType.Tune || tuned.Count == 0)
        {
            return command;
        }

        var payload = command.Payload!.Value;
        if (!payload.EnumerateObject().Any(IsOverridden))
        {
            return command;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var member in payload.EnumerateObject().Where(member => !IsOverridden(member)))
            {
                member.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return command with { Payload = JsonElement.Parse(buffer.WrittenSpan) };

        bool IsOverridden(JsonProperty member) =>
            tuned.TryGetValue(member.Name, out var present) && present.Sequence > command.Sequence;
    }
}
