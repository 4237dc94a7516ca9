namespace Orchestrator;

/// <summary>How runs are kept in Redis.</summary>
public sealed class RedisStoreOptions
{
    /// <summary>How every key begins, without braces, at most 100 characters. Default <c>orchestrator:</c>.</summary>
    public string Prefix { get; set; } = "orchestrator:";

    /// <summary>
    /// Over how many shards runs are spread, 1 to 500: the keys of one lie in one slot of a cluster. Fixed when it is first used; a host with another
    /// number does not start. Default 256.
    /// </summary>
    public int Shards { get; set; } = 256;

    /// <summary>
    /// Whether hosts tell each other of changes by publish and subscribe (sharded on a cluster). Switched off, each host looks for changes of the others ten
    /// times a second. Default <see langword="true"/>.
    /// </summary>
    public bool Notifications { get; set; } = true;

    /// <summary>
    /// How many replicas must have a change before it is acknowledged (<c>WAIT</c>); with fewer in time, its caller is told that the outcome is unknown. It
    /// makes it less likely that a failover loses what was acknowledged, and does not rule it out. Plain heartbeats do not wait. 0 to 5; default 0.
    /// </summary>
    public int WaitForReplicas { get; set; }

    /// <summary>What is done about a server that may lose what it was told. Default <see cref="UnsafeServer.Warn"/>.</summary>
    public UnsafeServer UnsafeServer { get; set; } = UnsafeServer.Warn;

    /// <exception cref="ArgumentException">An option makes no sense; the message says which.</exception>
    internal void Check(string parameter)
    {
        if (Prefix is not { Length: <= 100 } || Prefix.AsSpan().IndexOfAny('{', '}') >= 0)
        {
            throw new ArgumentException($"{nameof(Prefix)} must have at most 100 characters, and no braces.", parameter);
        }

        if (Shards is < 1 or > 500)
        {
            throw new ArgumentException($"{nameof(Shards)} is {Shards}; it must be 1 to 500.", parameter);
        }

        if (WaitForReplicas is < 0 or > 5)
        {
            throw new ArgumentException($"{nameof(WaitForReplicas)} is {WaitForReplicas}; it must be 0 to 5.", parameter);
        }

        if (!Enum.IsDefined(UnsafeServer))
        {
            throw new ArgumentException($"{nameof(UnsafeServer)} is {(int)UnsafeServer}; it must be {UnsafeServer.Warn} or {UnsafeServer.Refuse}.", parameter);
        }
    }
}
