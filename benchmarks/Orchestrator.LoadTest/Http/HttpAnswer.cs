using System.Buffers.Text;
using System.Text;

namespace Orchestrator.LoadTest.Http;

/// <summary>What a server answered.</summary>
internal readonly record struct HttpAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    public InvalidDataException Unexpected(ReadOnlyMemory<byte> request)
    {
        var line = request.Span[..request.Span.IndexOf("\r\n"u8)];
        return new InvalidDataException($"{Encoding.UTF8.GetString(line)} was answered with {Status}: {Encoding.UTF8.GetString(Body.Span)}");
    }
}

/// <summary>What is known of an answer when its head has come.</summary>
internal readonly record struct AnswerHead(int Status, int Length, int ContentLength)
{
    private const int NoContent = 204;

    /// <returns>Whether the head is there to its end.</returns>
    /// <exception cref="InvalidDataException">It is none that is understood here.</exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out AnswerHead head)
    {
        head = default;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var lines = received[..(end + 2)];
        if (!lines.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(lines[9..], out int status, out var digits) || digits != 3)
        {
            throw new InvalidDataException("The server did not answer in HTTP/1.1.");
        }

        head = new AnswerHead(status, end + 4, status == NoContent ? 0 : ContentLengthOf(lines));
        return true;
    }

    private static int ContentLengthOf(ReadOnlySpan<byte> lines)
    {
        var name = "Content-Length: "u8;
        for (int length; (length = lines.IndexOf("\r\n"u8)) >= 0; lines = lines[(length + 2)..])
        {
            if (length > name.Length && Ascii.EqualsIgnoreCase(lines[..name.Length], name) && Utf8Parser.TryParse(lines[name.Length..], out int value, out _))
            {
                return value;
            }
        }

        throw new InvalidDataException("The server did not say how long its answer is.");
    }
}
