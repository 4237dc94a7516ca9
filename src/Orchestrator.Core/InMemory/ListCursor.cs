using System.Buffers.Binary;
using System.Buffers.Text;

namespace Orchestrator.Core.InMemory;

/// <summary>How the place of a run in the order of creation is written for callers, who must not read meaning into it.</summary>
internal static class ListCursor
{
    private const int Characters = 11;

    public static string Write(long ordinal)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, ordinal);
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="FormatException">The text was not made by <see cref="Write"/>.</exception>
    public static long Read(string cursor)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        return cursor.Length == Characters
            && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            && length == bytes.Length
            && BinaryPrimitives.ReadInt64BigEndian(bytes) is > 0 and var ordinal
                ? ordinal
                : throw new FormatException("the cursor was not made by this store");
    }
}
