using System.Text.Json;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>The ranges of numbers on the wire.</summary>
internal static class Numbers
{
    /// <summary>2^53−1, the largest integer that every JSON reader keeps exactly.</summary>
    private const long MaxInteger = 9_007_199_254_740_991;

    /// <summary>The texts that stand for a number which is not finite, as documents describe them.</summary>
    public const string NonFiniteTexts = "^(NaN|-?Infinity)$";

    public static bool IsOut(long? number) => number is > MaxInteger or < -MaxInteger;

    public static bool IsInfinite(double? number) => number is { } value && double.IsInfinity(value);

    /// <summary>The numbers that are given: null is how some encoders write NaN, and says nothing.</summary>
    public static Dictionary<string, double>? WithoutNull(Dictionary<string, double?>? numbers)
    {
        if (numbers is null)
        {
            return null;
        }

        var given = new Dictionary<string, double>(numbers.Count, StringComparer.Ordinal);
        foreach (var (name, value) in numbers)
        {
            if (value is { } number)
            {
                given.Add(name, number);
            }
        }

        return given;
    }

    public static bool AnyInfinite(Dictionary<string, double?>? numbers)
    {
        foreach (var (_, value) in numbers ?? [])
        {
            if (value is { } number && double.IsInfinity(number))
            {
                return true;
            }
        }

        return false;
    }

    public static bool AnyInfinite(Dictionary<string, double>? numbers)
    {
        foreach (var (_, value) in numbers ?? [])
        {
            if (double.IsInfinity(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a number in the text is too large for a double.</summary>
    public static bool Overflow(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Number && (!reader.TryGetDouble(out var number) || double.IsInfinity(number)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Seconds as the nearest span, so that a span of up to 28 years which was written as its seconds reads back as it was; what no span can hold becomes
    /// the longest, which every rule refuses.
    /// </summary>
    public static TimeSpan ToSpan(double seconds) => seconds switch
    {
        > 900_000_000_000 => TimeSpan.MaxValue,
        < -900_000_000_000 => TimeSpan.MinValue,
        _ => new TimeSpan((long)Math.Round(seconds * TimeSpan.TicksPerSecond)),
    };
}
