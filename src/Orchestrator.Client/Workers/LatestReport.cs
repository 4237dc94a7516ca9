namespace Orchestrator.Client.Workers;

/// <summary>The newest numbers of the training. Each report takes the place of the one before; counters never go back.</summary>
internal sealed class LatestReport
{
    private const long MaxCounter = 9_007_199_254_740_991;
    private const int MaxMetrics = 64;

    private readonly Lock _gate = new();
    private readonly KeyValuePair<string, double>[] _metrics = new KeyValuePair<string, double>[MaxMetrics];
    private int? _metricCount;
    private long _step;
    private double _loss;
    private double _samplesPerSec;
    private long _checkpointVersion;
    private long _checkpointStep;
    private string? _checkpointUri;

    public LatestReport(Run run)
    {
        _step = run.CurrentStep;
        _loss = run.Loss ?? double.NaN;
        _samplesPerSec = run.SamplesPerSec ?? 0;
        _checkpointVersion = run.CheckpointVersion;
        _checkpointUri = run.CheckpointUri;

        // An attempt begins at its checkpoint; amid one nobody knows at which step that was.
        _checkpointStep = run.LastHeartbeatAt is null ? run.CurrentStep : 0;
    }

    /// <summary>Where another attempt can go on: never beyond the checkpoint.</summary>
    public ResumeFrom? ResumePoint
    {
        get
        {
            lock (_gate)
            {
                return _checkpointVersion == 0 ? null : new ResumeFrom(_checkpointStep, _checkpointVersion);
            }
        }
    }

    /// <summary>Takes numbers.</summary>
    /// <returns>Whether the counters did not go back.</returns>
    public bool Report(long step, double loss, double samplesPerSec, long? checkpointVersion, IReadOnlyDictionary<string, double>? metrics)
    {
        lock (_gate)
        {
            // A checkpoint that is told without its step was made after the report before.
            var wentOn = step >= _step & (checkpointVersion is not { } version || TakeCheckpoint(version, _step, null));
            _step = Math.Max(_step, Math.Min(step, MaxCounter));
            _loss = loss;
            _samplesPerSec = samplesPerSec < 0 && double.IsFinite(samplesPerSec) ? 0 : samplesPerSec;
            if (metrics is not null)
            {
                var count = 0;
                foreach (var metric in metrics)
                {
                    if (count == MaxMetrics)
                    {
                        break;
                    }

                    _metrics[count++] = metric;
                }

                _metricCount = count;
            }

            return wentOn;
        }
    }

    /// <summary>Takes a checkpoint.</summary>
    /// <returns>Whether it is not older than the one before.</returns>
    public bool ReportCheckpoint(long version, long step, string? uri)
    {
        lock (_gate)
        {
            return TakeCheckpoint(version, Math.Clamp(step, 0, MaxCounter), uri);
        }
    }

    /// <summary>Takes over what the run is at by other reports.</summary>
    public void RaiseTo(long? step, long? checkpointVersion)
    {
        lock (_gate)
        {
            _step = Math.Max(_step, step ?? 0);
            if (checkpointVersion > _checkpointVersion)
            {
                (_checkpointVersion, _checkpointStep, _checkpointUri) = (checkpointVersion.Value, 0, null);
            }
        }
    }

    public Figures Read()
    {
        lock (_gate)
        {
            var metrics = _metricCount is { } count ? new Dictionary<string, double>(_metrics.AsSpan(0, count).ToArray(), StringComparer.Ordinal) : null;
            return new Figures(_step, _loss, _samplesPerSec, _checkpointVersion, _checkpointUri, metrics);
        }
    }

    private bool TakeCheckpoint(long version, long step, string? uri)
    {
        version = Math.Min(version, MaxCounter);
        if (version > _checkpointVersion)
        {
            (_checkpointVersion, _checkpointStep, _checkpointUri) = (version, step, uri);
        }
        else if (version == _checkpointVersion && uri is not null)
        {
            _checkpointUri = uri;
        }

        return version >= _checkpointVersion;
    }
}

/// <summary>The numbers of a training at one moment.</summary>
internal readonly record struct Figures(
    long Step, double Loss, double SamplesPerSec, long CheckpointVersion, string? CheckpointUri, IReadOnlyDictionary<string, double>? Metrics);
