using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Samples.Cli.CommandLine;

internal delegate bool TryRead<T>(string? text, [MaybeNullWhen(false)] out T value);

/// <summary>Reads what stands on the command line, and says what is wrong with it.</summary>
internal static class Reading
{
    /// <summary>Reads one value.</summary>
    /// <param name="tryRead">How.</param>
    /// <param name="what">What it must be.</param>
    public static Func<ArgumentResult, T?> One<T>(TryRead<T> tryRead, string what)
    {
        var each = Each(tryRead, what);
        return result => each(result) is [var value] ? value : default;
    }

    /// <summary>Reads values of which there may be several.</summary>
    /// <inheritdoc cref="One"/>
    public static Func<ArgumentResult, T[]> Each<T>(TryRead<T> tryRead, string what) => result =>
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (tryRead(token.Value, out var value))
            {
                values.Add(value);
            }
            else
            {
                result.AddError($"'{token.Value}' must be {what}.");
            }
        }

        return [.. values];
    };

    /// <summary>Reads a number of seconds, above zero and up to a day.</summary>
    public static Func<ArgumentResult, double> Seconds { get; } = One<double>(TryReadSeconds, "a number of seconds, above 0 and up to 86400");

    /// <summary>Reads a count, from 1.</summary>
    public static Func<ArgumentResult, int> Count { get; } = One<int>(TryReadCount, "a number from 1");

    /// <summary>Reads a time, in UTC where it has no offset.</summary>
    public static Func<ArgumentResult, DateTimeOffset> Time { get; } = One<DateTimeOffset>(TryReadTime, "a time such as 2026-11-24T15:00:00Z");

    /// <summary>The words of an enum, for a help text or a fault.</summary>
    public static string OneOf<T>(Func<T, string> toWireName)
        where T : struct, Enum => "one of " + string.Join(", ", Enum.GetValues<T>().Select(toWireName));

    private static bool TryReadSeconds(string? text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is > 0 and <= 86_400;

    private static bool TryReadTime(string? text, out DateTimeOffset value) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);

    private static bool TryReadCount(string? text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
}
