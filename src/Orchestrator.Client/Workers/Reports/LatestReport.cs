namespace Orchestrator.Client.Workers.Reports;

/// <summary>The newest numbers of the training. Each report takes the place of the one before; counters never go back.</summary>
internal sealed class LatestReport(Run run, TimeProvider time)
{
    private const long MaxCounter = 9_007_199_254_740_991;

    private readonly Lock _gate = new();
    private readonly Throughput _throughput = new(time);
    private readonly MetricBuffer _metrics = new();
    private long _step = run.CurrentStep;
    private double? _loss;
    private double? _samplesPerSec;
    private long _checkpointVersion = run.CheckpointVersion;
    private string? _checkpointUri = run.CheckpointUri;

    /// <summary>Why the metrics of a report could not be read, at the last time that this happened.</summary>
    public Exception? MetricsFault => _metrics.Fault;

    /// <summary>Takes numbers.</summary>
    public ReportFaults Report(
        long step,
        double? loss,
        double? samplesPerSec,
        long? samples,
        long? checkpointVersion,
        string? checkpointUri,
        IReadOnlyDictionary<string, double>? metrics)
    {
        lock (_gate)
        {
            var faults = TakeStep(step) | TakeThroughput(samplesPerSec, samples);
            if (checkpointVersion is not null || checkpointUri is not null)
            {
                faults |= TakeCheckpoint(checkpointVersion ?? _checkpointVersion, checkpointUri);
            }

            if (metrics is not null && !_metrics.Take(metrics))
            {
                faults |= ReportFaults.Metrics;
            }

            _loss = loss;
            return faults;
        }
    }

    /// <summary>Takes a checkpoint and the step that it was made at.</summary>
    public ReportFaults ReportCheckpoint(long version, long step, string? uri)
    {
        lock (_gate)
        {
            // A checkpoint may be complete long after its step: an earlier step is no step back.
            _ = TakeStep(step);
            return TakeCheckpoint(version, uri);
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
                (_checkpointVersion, _checkpointUri) = (checkpointVersion.Value, null);
            }
        }
    }

    public Figures Read()
    {
        lock (_gate)
        {
            return new Figures(_step, _loss, _samplesPerSec, _checkpointVersion, _checkpointUri, _metrics.Read());
        }
    }

    private ReportFaults TakeStep(long step)
    {
        var isBack = step < _step;
        _step = Math.Max(_step, Math.Min(step, MaxCounter));
        return isBack ? ReportFaults.StepBack : ReportFaults.None;
    }

    private ReportFaults TakeThroughput(double? samplesPerSec, long? samples)
    {
        var faults = samplesPerSec < 0 || samples < 0 ? ReportFaults.Throughput : ReportFaults.None;
        var counted = samples >= 0 ? _throughput.Add(samples.Value) : null;
        _samplesPerSec = samplesPerSec is null ? counted : samplesPerSec < 0 ? null : samplesPerSec;
        return faults;
    }

    private ReportFaults TakeCheckpoint(long version, string? uri)
    {
        version = Math.Min(version, MaxCounter);
        var faults = version < _checkpointVersion ? ReportFaults.StepBack : ReportFaults.None;
        if (uri is not null && (uri.Length > Words.MaxUri || !Words.AreStorable(uri)))
        {
            (uri, faults) = (null, faults | ReportFaults.CheckpointUri);
        }

        if (version > _checkpointVersion)
        {
            (_checkpointVersion, _checkpointUri) = (version, uri);
        }
        else if (version == _checkpointVersion && uri is not null)
        {
            _checkpointUri = uri;
        }

        return faults;
    }
}

/// <summary>The numbers of a training at one moment.</summary>
internal readonly record struct Figures(
    long Step, double? Loss, double? SamplesPerSec, long CheckpointVersion, string? CheckpointUri, IReadOnlyDictionary<string, double>? Metrics);
