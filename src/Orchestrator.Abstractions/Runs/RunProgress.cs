namespace Orchestrator;

/// <summary>What heartbeats change of a run. Kept apart from <see cref="RunHead"/>, so that a heartbeat copies little.</summary>
public sealed record RunProgress
{
    // UTC ticks, 0 for none: a third of what a DateTimeOffset? takes, in the one object that every heartbeat makes.
    private readonly long _lastHeartbeatTicks;
    private readonly long _advancedTicks;

    // Values and flags apart: a nullable number takes eight bytes for its flag.
    private readonly long _beat;
    private readonly double _samplesPerSec;
    private readonly double _loss;
    private readonly bool _hasBeat;
    private readonly bool _hasSamplesPerSec;
    private readonly bool _hasLoss;

    /// <summary>The progress of a run that never had a heartbeat.</summary>
    public static RunProgress None { get; } = new();

    /// <summary>What the worker last said of itself; <see langword="null"/> before the attempt's first heartbeat.</summary>
    public RuntimeStatus? Status { get; init; }

    /// <summary>When the newest heartbeat of this attempt was accepted.</summary>
    public DateTimeOffset? LastHeartbeatAt
    {
        get => UtcTicks.ToTime(_lastHeartbeatTicks);
        init => _lastHeartbeatTicks = UtcTicks.Of(value);
    }

    /// <summary>When a heartbeat last brought a higher step or another status; <see langword="null"/> while the step is 0.</summary>
    public DateTimeOffset? AdvancedAt
    {
        get => UtcTicks.ToTime(_advancedTicks);
        init => _advancedTicks = UtcTicks.Of(value);
    }

    /// <summary>The newest heartbeat's own number.</summary>
    public long? Beat
    {
        get => _hasBeat ? _beat : null;
        init => (_hasBeat, _beat) = (value.HasValue, value.GetValueOrDefault());
    }

    /// <summary>How far the worker is. Never decreases within an attempt.</summary>
    public long CurrentStep { get; init; }

    /// <summary>The worker's throughput.</summary>
    public double? SamplesPerSec
    {
        get => _hasSamplesPerSec ? _samplesPerSec : null;
        init => (_hasSamplesPerSec, _samplesPerSec) = (value.HasValue, value.GetValueOrDefault());
    }

    /// <summary>The worker's loss; may be NaN or infinite.</summary>
    public double? Loss
    {
        get => _hasLoss ? _loss : null;
        init => (_hasLoss, _loss) = (value.HasValue, value.GetValueOrDefault());
    }

    /// <summary>The newest checkpoint. Never decreases within an attempt.</summary>
    public long CheckpointVersion { get; init; }

    /// <summary>The step of the heartbeat that raised <see cref="CheckpointVersion"/> to what it is; 0 while it is 0.</summary>
    public long CheckpointStep { get; init; }

    /// <summary>Where the newest checkpoint is; <see langword="null"/> where the heartbeat that reported it did not say.</summary>
    public string? CheckpointUri { get; init; }

    /// <summary>The latest custom numbers, replaced whole.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>The newest words of the worker, or of whoever moved the run.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>How many heartbeats were accepted, over all attempts.</summary>
    public long Heartbeats { get; init; }
}
