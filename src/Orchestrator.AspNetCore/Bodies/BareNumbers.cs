using System.Buffers;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>Where a body may hold <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> without quotes.</summary>
internal enum BarePlaces
{
    /// <summary><c>loss</c>, <c>samples_per_sec</c> and the values of <c>metrics</c>.</summary>
    Heartbeat,

    /// <summary>The same, of every item of an array.</summary>
    HeartbeatBatch,

    /// <summary><c>loss</c>, <c>samples_per_sec</c> and the values of <c>metrics</c> of <c>final</c>.</summary>
    FinalReport,
}

/// <summary>
/// Puts quotes around the bare tokens <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which are not JSON, and which Python's
/// <c>json.dumps</c> writes for a loss that diverged. Elsewhere than in its places they stay, and the body is refused.
/// </summary>
internal static class BareNumbers
{
    // The values of metrics in an item of an array.
    private const int DeepestPlace = 3;

    private static readonly SearchValues<byte> FirstLetters = SearchValues.Create("NI"u8);

    public static Result<T> Parse<T>(ReadOnlySpan<byte> json, BarePlaces places, BodyParser<T> parse)
    {
        if (!json.ContainsAny(FirstLetters))
        {
            return parse(json);
        }

        // A token has at least three bytes and grows by two.
        var quoted = ArrayPool<byte>.Shared.Rent(json.Length * 2);
        try
        {
            return parse(quoted.AsSpan(0, Quote(json, quoted, places)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(quoted);
        }
    }

    /// <summary>Copies the text with its tokens quoted. Text that is not JSON is copied as it is, as far as it cannot be followed.</summary>
    private static int Quote(ReadOnlySpan<byte> json, Span<byte> quoted, BarePlaces places)
    {
        Span<Range> keys = stackalloc Range[DeepestPlace + 1];
        var (depth, copied, written) = (0, 0, 0);
        Range text = default;
        for (var at = 0; at < json.Length; at++)
        {
            switch (json[at])
            {
                case (byte)'"':
                    var end = EndOfText(json, at);
                    text = (at + 1)..end;
                    at = end;
                    break;
                case (byte)':' when depth < keys.Length:
                    keys[depth] = text;
                    break;
                case (byte)'{' or (byte)'[':
                    if (++depth < keys.Length)
                    {
                        keys[depth] = default;
                    }

                    break;
                case (byte)'}' or (byte)']' when depth > 0:
                    depth--;
                    break;
                case (byte)'N' or (byte)'I' or (byte)'-' when depth < keys.Length && TokenAt(json[at..]) is > 0 and var length && IsPlace(json, keys, depth, places):
                    json[copied..at].CopyTo(quoted[written..]);
                    written += at - copied;
                    quoted[written++] = (byte)'"';
                    json.Slice(at, length).CopyTo(quoted[written..]);
                    written += length;
                    quoted[written++] = (byte)'"';
                    copied = at + length;
                    at = copied - 1;
                    break;
                default:
                    break;
            }
        }

        json[copied..].CopyTo(quoted[written..]);
        return written + json.Length - copied;
    }

    private static int TokenAt(ReadOnlySpan<byte> json) =>
        json.StartsWith("NaN"u8) ? 3 : json.StartsWith("Infinity"u8) ? 8 : json.StartsWith("-Infinity"u8) ? 9 : 0;

    private static int EndOfText(ReadOnlySpan<byte> json, int start)
    {
        for (var at = start + 1; at < json.Length; at++)
        {
            if (json[at] == (byte)'\\')
            {
                at++;
            }
            else if (json[at] == (byte)'"')
            {
                return at;
            }
        }

        return json.Length;
    }

    private static bool IsPlace(ReadOnlySpan<byte> json, ReadOnlySpan<Range> keys, int depth, BarePlaces places)
    {
        var root = places == BarePlaces.HeartbeatBatch ? 2 : 1;
        var isMeasure = json[keys[depth]] is var key && (key.SequenceEqual("loss"u8) || key.SequenceEqual("samples_per_sec"u8));
        if (places == BarePlaces.FinalReport)
        {
            return json[keys[1]].SequenceEqual("final"u8)
                && ((depth == 2 && isMeasure) || (depth == 3 && json[keys[2]].SequenceEqual("metrics"u8)));
        }

        return (depth == root && isMeasure) || (depth == root + 1 && json[keys[root]].SequenceEqual("metrics"u8));
    }
}
