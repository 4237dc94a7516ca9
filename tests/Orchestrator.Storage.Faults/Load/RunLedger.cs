using System.Collections.Concurrent;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>What was acknowledged of a run.</summary>
internal sealed class RunLedger(string id)
{
    private readonly TaskCompletionSource _isRunning = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = id;

    /// <summary>Done when the run's first heartbeat is acknowledged.</summary>
    public Task IsRunning => _isRunning.Task;

    /// <summary>The commands by their ids, in the order in which they were accepted.</summary>
    public ConcurrentQueue<string> Accepted { get; } = new();

    /// <summary>Whether no command comes after those.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The commands that the worker got and applied.</summary>
    public ConcurrentQueue<string> Applied { get; } = new();

    /// <summary>Which worker got the run in which attempt.</summary>
    public ConcurrentQueue<(long Attempt, string Worker)> Claims { get; } = new();

    public long Heartbeats { get; private set; }

    public long Step { get; private set; }

    public bool IsCompleted { get; private set; }

    public void Beaten(long step)
    {
        (Heartbeats, Step) = (Heartbeats + 1, step);
        _isRunning.TrySetResult();
    }

    public void Completed(long step) => (Step, IsCompleted) = (step, true);
}
