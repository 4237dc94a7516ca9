namespace Orchestrator.Client.Workers.Reports;

/// <summary>Works out samples per second from counts of samples. Each rate is over at least a second, so that one short step does not distort it.</summary>
internal sealed class Throughput(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private long _since = time.GetTimestamp();
    private long _samples;
    private double? _rate;

    /// <summary>Adds the samples that were processed since the last call.</summary>
    /// <returns>The newest rate; <see langword="null"/> while no time has passed.</returns>
    public double? Add(long samples)
    {
        _samples += samples;
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed > TimeSpan.Zero && (elapsed >= Window || _rate is null))
        {
            _rate = _samples / elapsed.TotalSeconds;
        }

        if (elapsed >= Window)
        {
            (_since, _samples) = (time.GetTimestamp(), 0);
        }

        return _rate;
    }
}
