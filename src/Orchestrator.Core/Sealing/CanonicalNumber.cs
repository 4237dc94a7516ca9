using System.Buffers;
using System.Globalization;

namespace Orchestrator.Core.Sealing;

/// <summary>Numbers in canonical JSON (RFC 8785, section 3.2.2.3): the digits and the layout of ECMAScript's <c>Number::toString</c>.</summary>
/// <remarks>
/// <para>The RFC takes every number for a double, and leaves open what becomes of one that no double holds. Here:</para>
/// <para>A fraction becomes the nearest double, as the RFC says: <c>333333333.33333329</c> is <c>333333333.3333333</c>.</para>
/// <para>A whole number keeps all its digits, in the same layout: <c>9007199254740993</c> stays, and is not <c>9007199254740992</c>, since a
/// seed or an id that differs in its last digit is another one. What a program prints of a double is not affected.</para>
/// <para>A number that a double would turn into an infinity or, not being zero, into zero keeps all its digits too: <c>1e400</c> is <c>1e+400</c>.
/// Exponents beyond ±10^18 count as ±10^18.</para>
/// </remarks>
internal static class CanonicalNumber
{
    /// <summary>As many digits as every double keeps, whichever they are.</summary>
    private const int SafeDigits = 15;

    /// <summary>Up to here, doubles keep <see cref="SafeDigits"/>.</summary>
    private const int SafeExponent = 300;

    /// <summary>From here on, no double is finite, and below its negative, none but zero.</summary>
    private const int MaxExponent = 400;

    private const int MaxExponentDigits = 18;
    private const long FarthestExponent = 1_000_000_000_000_000_000;
    private const int LongestDouble = 32;

    /// <summary>Appends a number in canonical form.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="json">A number as JSON allows it.</param>
    public static void Write(ref CanonicalWriter writer, scoped ReadOnlySpan<byte> json)
    {
        byte[]? rented = null;
        var scratch = json.Length <= 64 ? stackalloc byte[64] : rented = ArrayPool<byte>.Shared.Rent(json.Length);
        var number = Decimal.Read(json, scratch);
        if (number.IsFraction
            && (number.Digits.Length > SafeDigits || Math.Abs(number.Point) > SafeExponent)
            && Math.Abs(number.Point) < MaxExponent
            && double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture) is var nearest and not 0
            && double.IsFinite(nearest))
        {
            Write(ref writer, nearest);
        }
        else
        {
            Write(ref writer, number);
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Appends a number in canonical form.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">A finite number.</param>
    public static void Write(ref CanonicalWriter writer, double value)
    {
        Span<byte> shortest = stackalloc byte[LongestDouble];
        Span<byte> scratch = stackalloc byte[LongestDouble];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        Write(ref writer, Decimal.Read(shortest[..length], scratch));
    }

    private static void Write(ref CanonicalWriter writer, scoped Decimal number)
    {
        if (number.Digits.IsEmpty)
        {
            writer.Raw("0"u8);
            return;
        }

        if (number.IsNegative)
        {
            writer.Raw("-"u8);
        }

        if (number.Point is > 0 and <= 21)
        {
            var point = (int)number.Point;
            if (!number.IsFraction)
            {
                writer.Raw(number.Digits);
                writer.Raw("000000000000000000000"u8[..(point - number.Digits.Length)]);
                return;
            }

            writer.Raw(number.Digits[..point]);
            writer.Raw("."u8);
            writer.Raw(number.Digits[point..]);
        }
        else if (number.Point is > -6 and <= 0)
        {
            writer.Raw("0.00000"u8[..(2 - (int)number.Point)]);
            writer.Raw(number.Digits);
        }
        else
        {
            writer.Raw(number.Digits[..1]);
            if (number.Digits.Length > 1)
            {
                writer.Raw("."u8);
                writer.Raw(number.Digits[1..]);
            }

            writer.Raw(number.Point > 0 ? "e+"u8 : "e"u8);
            writer.Number(number.Point - 1);
        }
    }

    /// <summary>The number 0.<see cref="Digits"/> × 10^<see cref="Point"/>; without digits, zero.</summary>
    private readonly ref struct Decimal
    {
        public bool IsNegative { get; private init; }

        /// <summary>The significant digits; neither the first nor the last is a zero.</summary>
        public ReadOnlySpan<byte> Digits { get; private init; }

        public long Point { get; private init; }

        public bool IsFraction => Point < Digits.Length;

        public static Decimal Read(scoped ReadOnlySpan<byte> json, Span<byte> scratch)
        {
            var isNegative = json[0] == '-';
            var mantissa = isNegative ? json[1..] : json;
            var exponent = 0L;
            if (mantissa.IndexOfAny((byte)'e', (byte)'E') is >= 0 and var e)
            {
                exponent = ReadExponent(mantissa[(e + 1)..]);
                mantissa = mantissa[..e];
            }

            var dot = mantissa.IndexOf((byte)'.');
            var whole = dot < 0 ? mantissa : mantissa[..dot];
            var fraction = dot < 0 ? [] : mantissa[(dot + 1)..];
            whole.CopyTo(scratch);
            fraction.CopyTo(scratch[whole.Length..]);
            ReadOnlySpan<byte> digits = scratch[..(whole.Length + fraction.Length)];
            var zeros = digits.IndexOfAnyExcept((byte)'0');
            return zeros < 0 ? default : new()
            {
                IsNegative = isNegative,
                Digits = digits[zeros..].TrimEnd((byte)'0'),
                Point = Math.Clamp(exponent + whole.Length - zeros, 1 - FarthestExponent, 1 + FarthestExponent),
            };
        }

        private static long ReadExponent(ReadOnlySpan<byte> json)
        {
            var isNegative = json[0] == '-';
            var digits = json[0] is (byte)'-' or (byte)'+' ? json[1..] : json;
            digits = digits.TrimStart((byte)'0');
            var magnitude = digits.Length > MaxExponentDigits ? FarthestExponent
                : digits.IsEmpty ? 0
                : long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
            return isNegative ? -magnitude : magnitude;
        }
    }
}
