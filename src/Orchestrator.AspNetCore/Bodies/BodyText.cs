using System.Buffers;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>The bytes of a body in one piece: as the server holds them, or, where it holds them in several pieces, copied together.</summary>
internal readonly ref struct BodyText : IDisposable
{
    private readonly byte[]? _rented;

    public BodyText(ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            Span = body.FirstSpan;
            return;
        }

        _rented = ArrayPool<byte>.Shared.Rent((int)body.Length);
        body.CopyTo(_rented);
        Span = _rented.AsSpan(0, (int)body.Length);
    }

    public ReadOnlySpan<byte> Span { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
