using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Storage.Postgres.Tests.Faults.Proxy;

/// <summary>What a server sends in answer to what a client sent, up to the message that says that it is ready for more.</summary>
/// <remarks>https://www.postgresql.org/docs/15/protocol-message-formats.html</remarks>
internal sealed class PostgresAnswer
{
    private const byte CommandComplete = (byte)'C';
    private const byte ReadyForQuery = (byte)'Z';
    private const int LengthAt = 1;
    private const int BodyAt = 5;

    private readonly List<byte> _bytes = [];
    private readonly List<string> _tags = [];
    private int _read;

    /// <summary>What each statement came to, such as <c>UPDATE 1</c> or <c>COMMIT</c>.</summary>
    public IReadOnlyList<string> Tags => _tags;

    /// <summary>Whether something is committed by now.</summary>
    public bool IsOfCommit => Tags.Contains("COMMIT") || (!Tags.Contains("BEGIN") && Tags.Any(tag => tag.StartsWith("UPDATE", StringComparison.Ordinal)));

    /// <summary>Whether a transaction has begun, and is open.</summary>
    public bool IsOfBegin => Tags.Contains("BEGIN");

    /// <summary>Whether it is whole: the server has done everything, and waits.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether nothing but whole messages that answer nothing, such as notifications, has come.</summary>
    public bool IsAside { get; private set; } = true;

    public ReadOnlyMemory<byte> Bytes => _bytes.ToArray();

    /// <summary>Takes what came next.</summary>
    public void Add(ReadOnlySpan<byte> received)
    {
        _bytes.AddRange(received);
        var bytes = Bytes.Span;
        while (bytes.Length >= _read + BodyAt)
        {
            var end = _read + LengthAt + BinaryPrimitives.ReadInt32BigEndian(bytes[(_read + LengthAt)..]);
            if (end > bytes.Length)
            {
                break;
            }

            Note(bytes[_read], bytes[(_read + BodyAt)..end]);
            _read = end;
        }

        IsAside &= _read == bytes.Length;
    }

    private void Note(byte type, ReadOnlySpan<byte> body)
    {
        if (type == CommandComplete)
        {
            _tags.Add(Encoding.ASCII.GetString(body[..^1]));
        }

        var isAside = type is (byte)'A' or (byte)'N' or (byte)'S';
        IsWhole = type == ReadyForQuery || (IsWhole && isAside);
        IsAside &= isAside;
    }
}
