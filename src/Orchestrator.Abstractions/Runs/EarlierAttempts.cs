using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>What the attempts of a run before the current one came to.</summary>
public sealed record EarlierAttempts
{
    private UnknownMembers _unknown;

    /// <summary>
    /// How many attempts in a row failed without passing the highest step or checkpoint before them. A run fails when it reaches
    /// <c>Health:MaxAttempts</c>.
    /// </summary>
    public int Failures { get; init; }

    /// <summary>The highest step that any of them reported.</summary>
    public long HighestStep { get; init; }

    /// <summary>The highest checkpoint version that any of them reported.</summary>
    public long HighestCheckpoint { get; init; }

    /// <summary>When a claim last took the run over in its next attempt, instead of taking it from the queue; <see langword="null"/> for never.</summary>
    public DateTimeOffset? TakenOverAt { get; init; }

    /// <summary>The takeover before <see cref="TakenOverAt"/>; <see langword="null"/> for none.</summary>
    public DateTimeOffset? TakenOverBeforeAt { get; init; }

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}
