using Orchestrator.Storage.Faults.Proxy;

namespace Orchestrator.Storage.Postgres.Tests.Faults.Proxy;

/// <summary>A connection of PostgreSQL, whose answers pass as wholes.</summary>
/// <param name="isCut">Whether to cut the connection instead of passing this answer.</param>
internal sealed class PostgresConversation(Func<PostgresAnswer, ValueTask<bool>> isCut) : IConversation
{
    private PostgresAnswer _answer = new();
    private bool _isLoggedIn;

    public void Hear(ReadOnlySpan<byte> said)
    {
        // The answers say enough.
    }

    public async ValueTask<ReadOnlyMemory<byte>?> AnswerAsync(ReadOnlyMemory<byte> said)
    {
        _answer.Add(said.Span);
        if (_isLoggedIn && _answer is { IsWhole: false, IsAside: false })
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        if (_isLoggedIn && _answer.IsWhole && await isCut(_answer))
        {
            return null;
        }

        _isLoggedIn |= _answer.IsWhole;
        var passing = _answer.Bytes;
        _answer = new PostgresAnswer();
        return passing;
    }
}
