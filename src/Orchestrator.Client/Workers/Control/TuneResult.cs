namespace Orchestrator;

/// <summary>What became of a <c>tune</c>.</summary>
public sealed class TuneResult
{
    private static readonly TuneResult AsAsked = new(AckOutcome.Applied, null, null);

    private TuneResult(AckOutcome outcome, IReadOnlyDictionary<string, double>? values, string? reason) =>
        (Outcome, Values, Reason) = (outcome, values, reason);

    internal AckOutcome Outcome { get; }

    internal IReadOnlyDictionary<string, double>? Values { get; }

    internal string? Reason { get; }

    /// <summary>All was set as asked.</summary>
    public static TuneResult Applied() => AsAsked;

    /// <summary>These values are in force now, which may differ from what was asked.</summary>
    /// <param name="values">At most 64 finite values; names of 1 to 64 characters.</param>
    /// <exception cref="ArgumentException">They are more, not finite, or have longer names.</exception>
    public static TuneResult Applied(IReadOnlyDictionary<string, double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var own = new Dictionary<string, double>(values, StringComparer.Ordinal);
        return own.Count <= 64 && own.All(pair => double.IsFinite(pair.Value) && pair.Key.Length is >= 1 and <= 64)
            ? new TuneResult(AckOutcome.Applied, own, null)
            : throw new ArgumentException("At most 64 finite values, with names of 1 to 64 characters.", nameof(values));
    }

    /// <summary>Nothing was set.</summary>
    /// <param name="reason">Why, for people; the first 1,024 characters are told.</param>
    public static TuneResult Rejected(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new TuneResult(AckOutcome.Rejected, null, reason);
    }
}
