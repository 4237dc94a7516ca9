namespace Orchestrator.Client.Workers.Reports;

/// <summary>The newest custom metrics of a training, copied without allocation.</summary>
internal sealed class MetricBuffer
{
    private const int Capacity = 64;

    private KeyValuePair<string, double>[] _current = new KeyValuePair<string, double>[Capacity];
    private KeyValuePair<string, double>[] _next = new KeyValuePair<string, double>[Capacity];
    private int? _count;

    /// <summary>Why metrics could not be read, at the last time that this happened.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>
    /// Copies the first 64 metrics that can be sent. Metrics that throw while they are read, because another thread changes them, leave the ones before.
    /// </summary>
    /// <returns>Whether all were copied.</returns>
    public bool Take(IReadOnlyDictionary<string, double> metrics)
    {
        try
        {
            var (count, isWhole) = (0, true);
            foreach (var metric in metrics)
            {
                if (count == Capacity)
                {
                    isWhole = false;
                    break;
                }

                if (metric.Key is null || !Words.AreStorable(metric.Key))
                {
                    isWhole = false;
                    continue;
                }

                _next[count++] = metric;
            }

            (_current, _next, _count) = (_next, _current, count);
            return isWhole;
        }
        catch (Exception fault)
        {
            Fault = fault;
            return false;
        }
    }

    /// <summary>A copy of the metrics; <see langword="null"/> while there were none.</summary>
    public IReadOnlyDictionary<string, double>? Read()
    {
        if (_count is not { } count)
        {
            return null;
        }

        var metrics = new Dictionary<string, double>(count, StringComparer.Ordinal);
        foreach (var (name, value) in _current.AsSpan(0, count))
        {
            metrics[name] = value;
        }

        return metrics;
    }
}
