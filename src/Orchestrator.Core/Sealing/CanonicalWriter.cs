using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text.Unicode;

namespace Orchestrator.Core.Sealing;

/// <summary>
/// Gathers canonical JSON, at first in a buffer of the caller's and, when that is too small, in a pooled one. Whoever writes an object member
/// by member writes the members in canonical order.
/// </summary>
/// <remarks>Pass it by reference, and finish with <see cref="ToArray"/> or <see cref="Return"/>. Not finishing it costs the pool an array, no more.</remarks>
internal ref struct CanonicalWriter(Span<byte> initial)
{
    /// <summary>A first buffer that holds most requests.</summary>
    public const int SmallSize = 512;

    private const int LongestNumber = 20;
    private const int LongestTime = 28;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\");

    private Span<byte> _buffer = initial;
    private byte[]? _rented;
    private int _length;

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public void StartObject() => Raw("{"u8);

    public void EndObject() => Raw("}"u8);

    /// <summary>The name of the next member of an object.</summary>
    /// <exception cref="ArgumentException">It holds half a surrogate pair.</exception>
    public void Name(string name)
    {
        Separate();
        Text(name);
        Raw(":"u8);
    }

    /// <summary>The name of the next member of an object, which is ASCII and needs no escape.</summary>
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        Separate();
        Reserve(name.Length + 3);
        _buffer[_length++] = (byte)'"';
        name.CopyTo(_buffer[_length..]);
        _length += name.Length;
        _buffer[_length++] = (byte)'"';
        _buffer[_length++] = (byte)':';
    }

    /// <summary>A member of an object; left out when it is <see langword="null"/>.</summary>
    /// <exception cref="ArgumentException">It holds half a surrogate pair.</exception>
    public void Member(scoped ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            Name(name);
            Text(value);
        }
    }

    /// <inheritdoc cref="Member(ReadOnlySpan{byte}, string?)"/>
    public void Member(scoped ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            Name(name);
            Number(number);
        }
    }

    /// <inheritdoc cref="Member(ReadOnlySpan{byte}, string?)"/>
    public void Member(scoped ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
        {
            Name(name);
            Number(number);
        }
    }

    /// <inheritdoc cref="Member(ReadOnlySpan{byte}, string?)"/>
    public void Member(scoped ReadOnlySpan<byte> name, DateTimeOffset? value)
    {
        if (value is { } time)
        {
            Name(name);
            Time(time);
        }
    }

    /// <summary>A text, quoted and escaped.</summary>
    /// <exception cref="ArgumentException">It holds half a surrogate pair.</exception>
    public void Text(scoped ReadOnlySpan<char> text)
    {
        Raw("\""u8);
        for (int escape; (escape = text.IndexOfAny(Escaped)) >= 0; text = text[(escape + 1)..])
        {
            Unescaped(text[..escape]);
            Escape(text[escape]);
        }

        Unescaped(text);
        Raw("\""u8);
    }

    /// <summary>A whole number, with all its digits.</summary>
    public void Number(long value)
    {
        Reserve(LongestNumber);
        Utf8Formatter.TryFormat(value, _buffer[_length..], out var written);
        _length += written;
    }

    /// <summary>A number, or the text <c>NaN</c>, <c>Infinity</c> or <c>-Infinity</c>.</summary>
    public void Number(double value)
    {
        if (double.IsFinite(value))
        {
            CanonicalNumber.Write(ref this, value);
        }
        else
        {
            Raw(double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
        }
    }

    /// <summary>A time, in UTC with seven digits of the second, such as <c>"2026-01-31T12:00:00.0000000Z"</c>.</summary>
    public void Time(DateTimeOffset value)
    {
        Reserve(LongestTime + 2);
        _buffer[_length++] = (byte)'"';
        Utf8Formatter.TryFormat(value.UtcDateTime, _buffer[_length..], out var written, new StandardFormat('O'));
        _length += written;
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>Bytes that are canonical as they stand.</summary>
    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer[_length..]);
        _length += bytes.Length;
    }

    /// <summary>What was written. The writer ends here.</summary>
    public byte[] ToArray()
    {
        var bytes = Written.ToArray();
        Return();
        return bytes;
    }

    /// <summary>Gives the buffer back. The writer ends here.</summary>
    public void Return()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            _buffer = default;
            _length = 0;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Separate()
    {
        if (_buffer[_length - 1] != '{')
        {
            Raw(","u8);
        }
    }

    private void Unescaped(scoped ReadOnlySpan<char> text)
    {
        Reserve(checked(text.Length * 3));
        if (Utf8.FromUtf16(text, _buffer[_length..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            throw new ArgumentException("the text holds half a surrogate pair", nameof(text));
        }

        _length += written;
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"':
                Raw("\\\""u8);
                break;
            case '\\':
                Raw(@"\\"u8);
                break;
            case '\b':
                Raw(@"\b"u8);
                break;
            case '\t':
                Raw(@"\t"u8);
                break;
            case '\n':
                Raw(@"\n"u8);
                break;
            case '\f':
                Raw(@"\f"u8);
                break;
            case '\r':
                Raw(@"\r"u8);
                break;
            default:
                Raw(c < 0x10 ? @"\u000"u8 : @"\u001"u8);
                Raw("0123456789abcdef"u8.Slice(c & 0xf, 1));
                break;
        }
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
    {
        Debug.Assert(count > _buffer.Length - _length, "there is room");
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        Written.CopyTo(larger);
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }

        _buffer = _rented = larger;
    }
}
