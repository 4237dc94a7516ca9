namespace Orchestrator.FaultProxy;

/// <summary>Decides when the calls of a <see cref="Proxy"/> pass, and sees their content.</summary>
public interface IGate
{
    /// <summary>Called with each request that no fault answers. The request is held until <paramref name="send"/> is called.</summary>
    /// <param name="request">The request.</param>
    /// <param name="send">Sends the request to the server. Throws <see cref="IOException"/> when the server does not answer.</param>
    /// <param name="cancellationToken">Cancelled when the client closes the connection.</param>
    /// <returns>Whether the client gets the answer. <see langword="false"/> closes its connection.</returns>
    Task<bool> PassAsync(GateRequest request, Func<Task<GateAnswer>> send, CancellationToken cancellationToken);
}

/// <summary>A request at a gate.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path and query.</param>
/// <param name="Body">The body; empty where there is none.</param>
public sealed record GateRequest(string Method, string Path, string Body);

/// <summary>The answer of the server at a gate.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body; empty where there is none.</param>
public sealed record GateAnswer(int Status, string Body);
