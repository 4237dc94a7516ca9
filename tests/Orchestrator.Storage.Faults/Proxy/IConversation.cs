namespace Orchestrator.Storage.Faults.Proxy;

/// <summary>What is said in a connection through a proxy, as its protocol is read.</summary>
internal interface IConversation
{
    /// <summary>Hears what the client says, before the server does.</summary>
    void Hear(ReadOnlySpan<byte> said);

    /// <summary>Takes what the server says next.</summary>
    /// <returns>What passes now; <see langword="null"/> when the connection is to be cut instead.</returns>
    ValueTask<ReadOnlyMemory<byte>?> AnswerAsync(ReadOnlyMemory<byte> said);
}
