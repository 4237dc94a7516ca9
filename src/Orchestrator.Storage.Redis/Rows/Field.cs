namespace Orchestrator.Storage.Redis.Rows;

/// <summary>How values are written for the scripts, and read back: an empty text is null, and times and spans are whole microseconds.</summary>
internal static class Field
{
    private const char Given = '=';
    private const long LargestCounter = (1L << 53) - 1;

    public static RedisValue Empty => RedisValue.EmptyString;

    public static RedisValue Of(bool flag) => flag ? "1" : Empty;

    public static RedisValue Of(long? number) => number is { } value ? value : Empty;

    public static RedisValue Of(double? number) => number is { } value ? value.ToString("R", CultureInfo.InvariantCulture) : Empty;

    /// <summary>An id; one without bits is none.</summary>
    public static RedisValue Of(Guid id) => id == default ? Empty : id.ToString("N");

    public static RedisValue Of(DateTimeOffset? time) => time is { } value ? Microseconds(value) : Empty;

    /// <summary>A span, rounded up: what must have passed has.</summary>
    public static RedisValue Of(TimeSpan? span) => span is { } value ? (value.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond : Empty;

    /// <summary>A text of somebody else's, which may be empty.</summary>
    public static RedisValue Of(string? text) => text is null ? Empty : Given + text;

    /// <summary>A number that the scripts compare, which they do as a double.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A double does not tell it from its neighbours.</exception>
    public static RedisValue Counter(long? number)
    {
        if (number is { } value)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestCounter, nameof(number));
        }

        return Of(number);
    }

    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    public static long? Number(RedisResult field) => field.IsNull ? null : (long)field;

    /// <summary>An id that <see cref="Of(Guid)"/> wrote; that of no bits where there is none.</summary>
    public static Guid Id(RedisResult field) => field.IsNull ? default : Guid.ParseExact((string)field!, "N");

    public static double? Double(RedisResult field) => field.IsNull ? null : double.Parse((string)field!, CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(RedisResult field) => field.IsNull ? null : Time((long)field);

    public static string? Text(RedisResult field) => field.IsNull ? null : ((string)field!)[1..];
}
