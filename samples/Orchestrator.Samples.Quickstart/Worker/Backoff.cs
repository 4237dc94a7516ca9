namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>How long to wait after calls that failed: longer each time, and no shorter than the answer asks for, up to 30 s.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    // A gateway that asks for an hour must not silence a worker for an hour.
    private static readonly TimeSpan LongestAsked = TimeSpan.FromSeconds(30);

    private int _failures;

    /// <summary>A call was answered: begin anew.</summary>
    public void Reset() => _failures = 0;

    /// <summary>How long to wait before the call is made again.</summary>
    public TimeSpan After(Answer answer)
    {
        var grown = first * Math.Pow(2, Math.Min(_failures++, 16));
        var wait = grown < longest ? grown : longest;
        var asked = answer.RetryAfter ?? TimeSpan.Zero;
        asked = asked < LongestAsked ? asked : LongestAsked;
        return asked > wait ? asked : wait;
    }
}
