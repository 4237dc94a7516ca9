namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>Measures samples a second, over the last half second or so.</summary>
public sealed class Throughput(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    private long _since = time.GetTimestamp();
    private long _samplesThen;

    /// <summary>The newest measurement; 0 before the first and while nothing is trained.</summary>
    public double PerSecond { get; private set; }

    /// <summary>Takes how many samples were seen in all.</summary>
    public void Observe(long samples)
    {
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed >= Window)
        {
            PerSecond = (samples - _samplesThen) / elapsed.TotalSeconds;
            (_since, _samplesThen) = (time.GetTimestamp(), samples);
        }
    }

    /// <summary>Begins to measure anew, after a rest.</summary>
    public void Restart(long samples)
    {
        PerSecond = 0;
        (_since, _samplesThen) = (time.GetTimestamp(), samples);
    }
}
