using System.Globalization;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Times on the wire: RFC 3339, always with an offset.</summary>
internal static class Rfc3339
{
    private const int TicksOfMicrosecond = 10;
    private const int SecondsEnd = 19;

    /// <summary>A time as answers have it: UTC, whole microseconds.</summary>
    public static DateTime ToWire(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TicksOfMicrosecond), DateTimeKind.Utc);

    /// <inheritdoc cref="ToWire(DateTimeOffset)"/>
    public static DateTime? ToWire(DateTimeOffset? time) => time is { } given ? ToWire(given) : null;

    /// <summary>Reads a time that may be absent. Text that is no time becomes the default value, which no rule allows.</summary>
    public static DateTimeOffset? OrDefault(string? text) => text is null ? null : TryParse(text, out var time) ? time : default(DateTimeOffset);

    /// <summary>Reads a time. Digits of a second beyond the microsecond are dropped.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= SecondsEnd || text.Length > 64)
        {
            return false;
        }

        var offset = SecondsEnd;
        if (text[offset] == '.')
        {
            do
            {
                offset++;
            }
            while (offset < text.Length && char.IsAsciiDigit(text[offset]));
        }

        var fraction = text[SecondsEnd..offset];
        if (fraction == "." || offset == text.Length)
        {
            return false;
        }

        var normal = string.Concat(text.AsSpan(0, SecondsEnd), fraction.AsSpan(0, Math.Min(fraction.Length, 7)), text.AsSpan(offset)).ToUpperInvariant();
        return DateTimeOffset.TryParseExact(
            normal, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
    }
}
