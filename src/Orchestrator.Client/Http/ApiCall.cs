using System.Globalization;
using System.Net.Http.Headers;

namespace Orchestrator.Client.Http;

/// <summary>A call of the API, which may be sent several times before it is answered.</summary>
/// <param name="Method">Its HTTP method.</param>
/// <param name="Path">Its path and query below the prefix of the API.</param>
internal sealed record ApiCall(HttpMethod Method, string Path)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly TimeSpan _wait;

    /// <summary>Its JSON body.</summary>
    public byte[]? Body { get; init; }

    /// <summary>What recognises it when it is sent again.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>The program that makes it, as it names itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The position that a stream of events goes on after.</summary>
    public string? LastEventId { get; init; }

    /// <summary>The media type of its answer.</summary>
    public string Accept { get; init; } = "application/json";

    /// <summary>Whether it has the effect of once when it is sent again.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>How long its answer may take in all, beside <see cref="Wait"/>.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The longest that a <c>Retry-After</c> delays the next try. Default 30 s.</summary>
    public TimeSpan LongestAsked { get; init; } = Backoff.LongestAsked;

    /// <summary>How long the server is asked to wait for something to answer; what it refuses counts as what it allows.</summary>
    public TimeSpan Wait
    {
        get => _wait;
        init => _wait = value < TimeSpan.Zero ? TimeSpan.Zero : value > LongestWait ? LongestWait : value;
    }

    /// <summary>The same call with what is left of its wait.</summary>
    public Func<TimeSpan, ApiCall>? ToWait { get; init; }

    public HttpRequestMessage ToRequest(Uri root)
    {
        var request = new HttpRequestMessage(Method, new Uri(root, Path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Accept));
        Add(request, "Idempotency-Key", Key?.Value);
        Add(request, "Last-Event-ID", LastEventId);
        Add(request, "User-Agent", UserAgent);
        if (Body is not null)
        {
            request.Content = new ByteArrayContent(Body) { Headers = { ContentType = Json } };
        }

        return request;
    }

    /// <summary>A span as the number of seconds that a query takes.</summary>
    public static string Seconds(TimeSpan span) => ((decimal)span.Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a header can carry the text.</summary>
    public static bool CanSend(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static void Add(HttpRequestMessage request, string name, string? value)
    {
        if (value is not null)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
