namespace Orchestrator.FaultProxy;

/// <summary>What goes wrong with some requests: those of a method, to a path that has a part in it, so many times.</summary>
public sealed class Fault
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hits;

    private Fault(FaultKind kind) => Kind = kind;

    /// <summary>The server executes the request, and its reply is lost: the connection breaks.</summary>
    public static Fault LoseReply => new(FaultKind.LoseReply);

    /// <summary>The connection breaks before the server sees the request.</summary>
    public static Fault Cut => new(FaultKind.Cut);

    /// <summary>The server executes the request, and the connection breaks in the middle of the body of its reply.</summary>
    public static Fault CutBody => new(FaultKind.CutBody);

    /// <summary>The request is held back, until it is released or <see cref="For"/> is over.</summary>
    public static Fault Stall => new(FaultKind.Stall);

    /// <summary>The server executes the request, and its reply is held back, likewise.</summary>
    public static Fault StallReply => new(FaultKind.StallReply);

    /// <summary>429, as the orchestrator answers.</summary>
    public static Fault TooSoon(TimeSpan retryAfter) =>
        new(FaultKind.Answer) { Status = 429, Code = "heartbeat_throttled", RetryAfter = retryAfter };

    /// <summary>503, as the orchestrator answers.</summary>
    public static Fault Unavailable(TimeSpan retryAfter) =>
        new(FaultKind.Answer) { Status = 503, Code = "store_unavailable", RetryAfter = retryAfter };

    /// <summary>An answer of something in between that knows nothing of the orchestrator: a page, not JSON.</summary>
    public static Fault Gateway(int status, TimeSpan? retryAfter = null) => new(FaultKind.Answer) { Status = status, RetryAfter = retryAfter };

    /// <summary>A redirect of something in between, such as to a login page.</summary>
    /// <param name="status">301, 302, 303, 307 or 308.</param>
    /// <param name="location">The path of the page.</param>
    public static Fault Redirect(int status, string location) => new(FaultKind.Answer) { Status = status, Location = location };

    /// <summary>Whose requests; <see langword="null"/> for every method.</summary>
    public string? Method { get; init; }

    /// <summary>A part of the path and query; empty for every path.</summary>
    public string PathPart { get; init; } = "";

    /// <summary>How many requests. Default: all.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>How long a stall lasts. Default: until it is released.</summary>
    public TimeSpan For { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How many requests have met it.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), Times);

    /// <summary>Done when the first request has met it.</summary>
    public Task Met => _met.Task;

    internal FaultKind Kind { get; }

    internal int Status { get; private init; }

    internal string? Code { get; private init; }

    internal TimeSpan? RetryAfter { get; private init; }

    internal string? Location { get; private init; }

    /// <summary>The same fault for some requests only.</summary>
    /// <param name="method">Of this method; <see langword="null"/> for every one.</param>
    /// <param name="pathPart">With this in path or query.</param>
    /// <param name="times">The first so many.</param>
    /// <param name="lasting">How long a stall lasts; absent: until it is released.</param>
    public Fault On(string? method = null, string pathPart = "", int times = int.MaxValue, TimeSpan? lasting = null) => new(Kind)
    {
        Status = Status,
        Code = Code,
        RetryAfter = RetryAfter,
        Location = Location,
        Method = method,
        PathPart = pathPart,
        Times = times,
        For = lasting ?? For,
    };

    /// <summary>Lets go of what is held back, and holds nothing back any more.</summary>
    public void Release() => _released.TrySetResult();

    internal bool Meets(string method, string pathAndQuery)
    {
        if ((Method is not null && !Method.Equals(method, StringComparison.OrdinalIgnoreCase))
            || !pathAndQuery.Contains(PathPart, StringComparison.Ordinal)
            || Interlocked.Increment(ref _hits) > Times)
        {
            return false;
        }

        _met.TrySetResult();
        return true;
    }

    internal async Task HoldAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_released.Task, Task.Delay(For, TimeProvider.System, over.Token));
        await over.CancelAsync();
    }
}

internal enum FaultKind
{
    LoseReply,
    Cut,
    CutBody,
    Stall,
    StallReply,
    Answer,
}
