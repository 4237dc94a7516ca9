namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>How a worker trains and reports.</summary>
public sealed record WorkerOptions
{
    /// <summary>Where checkpoints are written.</summary>
    public required string CheckpointPath { get; init; }

    /// <summary>After how many steps the training is complete.</summary>
    public long Steps { get; init; } = 100_000;

    /// <summary>How many steps lie between two checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 200;

    /// <summary>A rest after every step, so that a person can follow. A real training has none.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>The time between two heartbeats.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one poll for a command waits.</summary>
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The first wait after a call that failed; it doubles with each further failure.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after a call that failed.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the last words of a worker are tried before it leaves without them.</summary>
    public int LastTries { get; init; } = 8;

    internal Backoff NewBackoff() => new(RetryDelay, LongestRetryDelay);
}
