using System.Buffers;
using System.Text.Json;

namespace Orchestrator;

/// <summary>A request to accept a command.</summary>
public sealed record NewCommand
{
    /// <summary>The id to give it. Absent: a fresh one, or one derived from the idempotency key.</summary>
    public CommandId? Id { get; init; }

    /// <summary>What it asks for. Required.</summary>
    public CommandType? Type { get; init; }

    /// <summary>Who gives it. Required, unless the caller is authenticated.</summary>
    public Actor? Actor { get; init; }

    /// <summary>The details of what it asks for (contract, section 3).</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>When its sender says it was issued, in whole microseconds; smaller digits are dropped.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When it lapses if it was not delivered, in whole microseconds; smaller digits are dropped. Absent: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Hold the run.</summary>
    public static NewCommand Pause(Actor actor) => new() { Type = CommandType.Pause, Actor = actor };

    /// <summary>Go on.</summary>
    public static NewCommand Resume(Actor actor) => new() { Type = CommandType.Resume, Actor = actor };

    /// <summary>End the run.</summary>
    /// <param name="actor">Who gives the command.</param>
    /// <param name="reason">Why: 1 to 256 characters.</param>
    /// <param name="finalCheckpoint">Whether the worker should save a last checkpoint first.</param>
    public static NewCommand Terminate(Actor actor, string reason, bool finalCheckpoint = false) => new()
    {
        Type = CommandType.Terminate,
        Actor = actor,
        Payload = Object(writer =>
        {
            writer.WriteString("reason", reason);
            writer.WriteBoolean("final_checkpoint", finalCheckpoint);
        }),
    };

    /// <summary>Change tunables.</summary>
    /// <param name="actor">Who gives the command.</param>
    /// <param name="values">At least one declared tunable and its new value.</param>
    public static NewCommand Tune(Actor actor, params IEnumerable<KeyValuePair<string, double>> values) => new()
    {
        Type = CommandType.Tune,
        Actor = actor,
        Payload = Object(writer =>
        {
            foreach (var (name, value) in values)
            {
                writer.WriteNumber(name, value);
            }
        }),
    };

    private static JsonElement Object(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
