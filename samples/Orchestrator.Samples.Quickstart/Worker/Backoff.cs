namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>How long to wait after calls that failed: longer each time, and never shorter than the answer asks for.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _failures;

    /// <summary>A call was answered: begin anew.</summary>
    public void Reset() => _failures = 0;

    /// <summary>How long to wait before the call is made again.</summary>
    public TimeSpan After(Answer answer)
    {
        var grown = first * Math.Pow(2, Math.Min(_failures++, 16));
        var wait = grown < longest ? grown : longest;
        return answer.RetryAfter > wait ? answer.RetryAfter.Value : wait;
    }
}
