using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>A worker's answer to a command.</summary>
public sealed record Acknowledgement
{
    private UnknownMembers _unknown;

    /// <summary>What it did. Default <see cref="AckOutcome.Applied"/>.</summary>
    public AckOutcome Outcome { get; init; } = AckOutcome.Applied;

    /// <summary>Why, in up to 1,024 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>For a <c>tune</c>: the values that it applied, where they differ from what was asked. All finite.</summary>
    public IReadOnlyDictionary<string, double>? Applied { get; init; }

    /// <summary>The step at which it did, 0 to 2^53−1.</summary>
    public long? Step { get; init; }

    /// <summary>The attempt that the worker executes. Another one is refused.</summary>
    public int? Attempt { get; init; }

    /// <summary>The hand-over that the worker executes (<see cref="Run.ClaimId"/>). Another one than the run's is refused.</summary>
    public string? ClaimId { get; init; }

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}
