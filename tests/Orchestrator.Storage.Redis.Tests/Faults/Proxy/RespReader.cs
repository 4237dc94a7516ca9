using System.Buffers.Text;

namespace Orchestrator.Storage.Redis.Tests.Faults.Proxy;

/// <summary>Reads the protocol of Redis as far as to know where a value ends.</summary>
/// <remarks>https://redis.io/docs/latest/develop/reference/protocol-spec/</remarks>
internal static class RespReader
{
    /// <summary>How long the first value is; 0 when it is not whole yet.</summary>
    public static int LengthOfFirst(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (var values = 1L; values > 0; values--)
        {
            var line = bytes[at..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return 0;
            }

            var (type, count) = (bytes[at], NumberIn(bytes.Slice(at + 1, line - 1)));
            at += line + 2;
            switch ((char)type)
            {
                case '$' or '=' or '!' when count >= 0:
                    at += count + 2;
                    break;
                case '*' or '~' or '>' when count > 0:
                    values += count;
                    break;
                case '%':
                    values += 2L * count;
                    break;
                case '|':
                    values += (2L * count) + 1;
                    break;
            }

            if (at > bytes.Length)
            {
                return 0;
            }
        }

        return at;
    }

    /// <summary>The texts of a command: its name and its arguments.</summary>
    public static IReadOnlyList<byte[]> ReadCommand(ReadOnlySpan<byte> command)
    {
        var texts = new List<byte[]>();
        var rest = command[(command.IndexOf("\r\n"u8) + 2)..];
        while (!rest.IsEmpty)
        {
            var line = rest.IndexOf("\r\n"u8);
            var length = NumberIn(rest[1..line]);
            texts.Add(rest.Slice(line + 2, length).ToArray());
            rest = rest[(line + 2 + length + 2)..];
        }

        return texts;
    }

    private static int NumberIn(ReadOnlySpan<byte> digits) => Utf8Parser.TryParse(digits, out int number, out var read) && read == digits.Length ? number : 0;
}
