using System.Buffers;

namespace Orchestrator;

/// <summary>How an <see cref="OrchestratorClient"/> reaches its server, and how long it tries.</summary>
public sealed class OrchestratorClientOptions
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(code => (char)code), '\x7f']);

    /// <summary>
    /// The prefix of the server's API, such as <c>http://host:5000/api/v1</c>, with or without a slash at the end. Required, unless the HTTP client has it.
    /// An address that service discovery resolves may begin with <c>https+http://</c> or <c>http+https://</c>. It has no user name, query or blank.
    /// </summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>
    /// How long a call may take in all, tries and pauses together, before it is refused as <see cref="RefusalCode.StoreUnavailable"/>; a wait
    /// that is asked for comes on top. Default 30 s.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for heartbeats: shorter than the pause between two of them, so that the next one is not held up. Default 4 s.</summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long one try may take before the next, so that one lost packet does not cost the whole time. A wait comes on top. Default 10 s.</summary>
    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wrong with the options, each with its name and value; empty when nothing is.</summary>
    /// <param name="address">The address to use: <see cref="BaseAddress"/>, or that of the HTTP client.</param>
    internal IEnumerable<string> FindFaults(Uri? address)
    {
        if (address is not null && FindFault(address) is { } fault)
        {
            yield return fault;
        }

        foreach (var (name, value) in new[] { (nameof(Timeout), Timeout), (nameof(HeartbeatTimeout), HeartbeatTimeout), (nameof(TryTimeout), TryTimeout) })
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            {
                yield return $"{nameof(OrchestratorClientOptions)}.{name} is {value}; it must be above zero and at most a day.";
            }
        }
    }

    private static string? FindFault(Uri address) =>
        address is { IsAbsoluteUri: true, Scheme: "http" or "https" or "https+http" or "http+https", Query: "", Fragment: "", UserInfo: "", Host.Length: > 0 }
        && !address.OriginalString.AsSpan().Trim().ContainsAny(Blanks)
            ? null
            : $"{nameof(OrchestratorClientOptions)}.{nameof(BaseAddress)} is {WithoutSecrets(address)}; it must be an absolute http, https, https+http or "
                + "http+https address without query, user name or blanks. Credentials are for a handler of the HTTP client.";

    /// <summary>The address without what may be a password or a token.</summary>
    private static string WithoutSecrets(Uri address) =>
        address.IsAbsoluteUri ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address.ToString();
}
