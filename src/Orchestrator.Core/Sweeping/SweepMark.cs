using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Core.Sweeping;

/// <summary>
/// What all hosts know of the sweeps: when the last was, and since when silence could have been noticed without a break. Kept in the
/// store, so that one host among several can restart without a grace, and a restart of the only one is seen.
/// </summary>
/// <param name="At">When the last sweep was.</param>
/// <param name="Since">Since when sweeps come in time: the last recovery from an outage of ours.</param>
/// <param name="SilentAt">When most of the fleet last fell silent at once.</param>
/// <param name="PolicyWaitsUntil">Until when the policy for unresponsive runs waits.</param>
internal sealed record SweepMark(DateTimeOffset At, DateTimeOffset Since, DateTimeOffset? SilentAt = null, DateTimeOffset? PolicyWaitsUntil = null)
{
    /// <summary>Members that a newer version wrote and this one does not know: each mark is made from the one before, so that they stay.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>The note that keeps it.</summary>
    public const string Key = "sweep";

    // A sweep that is a little late convicts nobody.
    private const int IntervalsInTime = 3;

    /// <summary>The longest time between two sweeps that is no break.</summary>
    public static TimeSpan LongestGap(TimeSpan interval) => interval * IntervalsInTime;

    /// <summary>The mark of a sweep now, after the one before.</summary>
    /// <param name="before">The last mark; <see langword="null"/> when there was never a sweep.</param>
    /// <param name="now">The time.</param>
    /// <param name="interval">The time between sweeps.</param>
    public static SweepMark Next(SweepMark? before, DateTimeOffset now, TimeSpan interval)
    {
        if (before is null)
        {
            return new SweepMark(now, now);
        }

        var gap = now - before.At;
        return gap.Duration() > LongestGap(interval) ? before with { At = now, Since = now }
            : gap > TimeSpan.Zero ? before with { At = now }
            : before;
    }

    /// <summary>The mark after most of the fleet fell silent in one sweep: the policy waits.</summary>
    /// <param name="now">The time.</param>
    /// <param name="options">How long.</param>
    /// <param name="isNews">Whether this is another silence than the one last told of.</param>
    public SweepMark WithSilence(DateTimeOffset now, HealthOptions options, out bool isNews)
    {
        isNews = !(now - SilentAt <= options.UnresponsiveAfter + options.Grace);
        return this with { SilentAt = now, PolicyWaitsUntil = now + options.Grace };
    }

    public string Write() => JsonSerializer.Serialize(this, SweepMarkJson.Default.SweepMark);

    public static SweepMark? Read(string value) => JsonSerializer.Deserialize(value, SweepMarkJson.Default.SweepMark);
}

[JsonSerializable(typeof(SweepMark))]
internal sealed partial class SweepMarkJson : JsonSerializerContext;
