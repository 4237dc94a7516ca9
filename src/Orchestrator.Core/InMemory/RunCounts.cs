using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>How many runs stand alike. Not safe for concurrent use.</summary>
internal sealed class RunCounts
{
    private readonly Dictionary<(RunState State, HealthStatus Health), long> _counts = [];

    /// <summary>Counts a run where it stands now instead of where it stood.</summary>
    public void Move(RunHead? from, RunHead? to)
    {
        Add(from, -1);
        Add(to, +1);
    }

    public IReadOnlyList<RunCount> ToList() =>
        [.. _counts.Where(pair => pair.Value > 0).Select(pair => new RunCount(pair.Key.State, pair.Key.Health, pair.Value))];

    private void Add(RunHead? head, long change)
    {
        if (head is not null)
        {
            var key = (head.State, head.Health);
            _counts[key] = _counts.GetValueOrDefault(key) + change;
        }
    }
}
