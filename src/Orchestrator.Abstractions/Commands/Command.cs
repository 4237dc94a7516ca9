using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>A command as it stands at one moment (contract, section 3).</summary>
public sealed record Command
{
    private UnknownMembers _unknown;

    /// <summary>Unique within the run.</summary>
    public required CommandId Id { get; init; }

    /// <summary>The run that it is for.</summary>
    public required RunId RunId { get; init; }

    /// <summary>The order of acceptance in the run: 1, 2, 3 …</summary>
    public required long Sequence { get; init; }

    /// <summary>What it asks for.</summary>
    public required CommandType Type { get; init; }

    /// <summary>The details of what it asks for; <see langword="null"/> for <c>pause</c> and <c>resume</c>.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>Who gave it.</summary>
    public required Actor Actor { get; init; }

    /// <summary>The actor that an authenticated caller named in its request.</summary>
    public Actor? OnBehalfOf { get; init; }

    /// <summary>When its sender says it was issued. Data, never an order.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When it lapses if it was not delivered.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How far it has come.</summary>
    public CommandStatus Status { get; init; } = CommandStatus.Pending;

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last handed to a worker.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>How often it was handed to a worker.</summary>
    public int DeliveryCount { get; init; }

    /// <summary>When a worker acknowledged it.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>What the worker acknowledged; <see langword="null"/> until it does.</summary>
    public Acknowledgement? Acknowledgement { get; init; }

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}
