using System.Text;
using Orchestrator.Storage.Redis.Connections;

namespace Orchestrator.Storage.Redis.Tests.Faults.Proxy;

/// <summary>A command that a client gave, and what it got.</summary>
internal sealed class RedisCall(IReadOnlyList<byte[]> command)
{
    /// <summary>Its name, such as <c>EVALSHA</c>.</summary>
    public string Name { get; } = Encoding.ASCII.GetString(command[0]).ToUpperInvariant();

    /// <summary>Whether it was refused.</summary>
    public bool IsError { get; set; }

    /// <summary>Whether it asks for messages, which then come on their own.</summary>
    public bool IsSubscription => Name is "SUBSCRIBE" or "SSUBSCRIBE" or "PSUBSCRIBE";

    /// <summary>Whether a change, a heartbeat or a note was written by it.</summary>
    public bool IsCommit => !IsError && (IsOf(Script.Changes) || IsOf(Script.Heartbeats) || IsOf(Script.Note));

    /// <summary>Whether it runs this script, called by its digest or brought along.</summary>
    public bool IsOf(Script script) => Name switch
    {
        "EVALSHA" => Encoding.ASCII.GetString(command[1]).Equals(Convert.ToHexString(script.Digest), StringComparison.OrdinalIgnoreCase),
        "EVAL" => Encoding.UTF8.GetString(command[1]) == script.Text,
        _ => false,
    };

    /// <summary>Whether it asks for the newer protocol, in which messages are told from answers.</summary>
    public bool IsOfNewerProtocol => Name == "HELLO" && command.Count > 1 && command[1].AsSpan().SequenceEqual("3"u8);
}
