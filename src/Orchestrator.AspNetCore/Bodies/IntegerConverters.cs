using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>Reads an integer, also one that is written with a zero fraction or an exponent, such as <c>1001.0</c> and <c>1e3</c>.</summary>
internal sealed class Int64Converter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetInt64(out var number) || WholeNumber.TryParse(reader.ValueSpan, out number) ? number : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary><inheritdoc cref="Int64Converter" path="/summary"/></summary>
internal sealed class Int32Converter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetInt32(out var number) ? number
            : WholeNumber.TryParse(reader.ValueSpan, out var wide) && wide is >= int.MinValue and <= int.MaxValue ? (int)wide
            : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>
/// Reads the text of a JSON number that is an integer in value, whatever its form: <c>1001.0</c> and <c>1e3</c> are integers, <c>1001.5</c> is none. The
/// reading is exact: no digit is rounded away.
/// </summary>
internal static class WholeNumber
{
    /// <summary>No integer of 64 bits has more digits.</summary>
    private const int MaxDigits = 19;

    /// <param name="text">The text of a number, as the JSON grammar has it.</param>
    /// <param name="number">The integer.</param>
    /// <returns>Whether the text is an integer that 64 bits hold.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        var isNegative = text is [(byte)'-', ..];
        var mantissa = isNegative ? text[1..] : text;
        var exponent = 0;
        if (mantissa.IndexOfAny((byte)'e', (byte)'E') is >= 0 and var mark)
        {
            if (!TryParseExponent(mantissa[(mark + 1)..], out exponent))
            {
                return IsZero(mantissa[..mark]);
            }

            mantissa = mantissa[..mark];
        }

        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = (point < 0 ? [] : mantissa[(point + 1)..]).TrimEnd((byte)'0');
        if (fraction.IsEmpty)
        {
            var digits = whole.TrimEnd((byte)'0');
            exponent += whole.Length - digits.Length;
            whole = digits;
        }

        exponent -= fraction.Length;
        whole = whole.TrimStart((byte)'0');
        if (whole.IsEmpty && fraction.IsEmpty)
        {
            return true;
        }

        return exponent >= 0 && whole.Length + fraction.Length + exponent <= MaxDigits && TryJoin(isNegative, whole, fraction, exponent, out number);
    }

    private static bool TryJoin(bool isNegative, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int zeros, out long number)
    {
        Span<byte> joined = stackalloc byte[MaxDigits + 1];
        var length = 0;
        if (isNegative)
        {
            joined[length++] = (byte)'-';
        }

        whole.CopyTo(joined[length..]);
        length += whole.Length;
        fraction.CopyTo(joined[length..]);
        length += fraction.Length;
        joined.Slice(length, zeros).Fill((byte)'0');
        length += zeros;
        return Utf8Parser.TryParse(joined[..length], out number, out var read) && read == length;
    }

    /// <summary>An exponent of more than five digits is never that of an integer of 64 bits, unless the number is zero.</summary>
    private static bool TryParseExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        return text.Length is > 0 and <= 6 && Utf8Parser.TryParse(text, out exponent, out var read) && read == text.Length;
    }

    private static bool IsZero(ReadOnlySpan<byte> mantissa) => !mantissa.ContainsAnyInRange((byte)'1', (byte)'9');
}
