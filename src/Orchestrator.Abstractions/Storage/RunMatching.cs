namespace Orchestrator.Storage;

/// <summary>Whether a run is among those that are asked for, for stores that look at each.</summary>
public static class RunMatching
{
    /// <summary>Whether a run passes a filter: each of its members that says something.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="head">The run.</param>
    public static bool Passes(this RunFilter filter, RunHead head)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(head);
        return (filter.States.Count == 0 || filter.States.Contains(head.State))
            && (filter.Health.Count == 0 || filter.Health.Contains(head.Health))
            && (filter.Experiments.Count == 0 || filter.Experiments.Contains(head.ExperimentId))
            && (filter.CreatedAfter is not { } after || head.CreatedAt > after)
            && (filter.CreatedBefore is not { } before || head.CreatedAt < before)
            && head.HasLabels(filter.Labels);
    }

    /// <summary>Whether a claim may take a run: it has all the labels, and requires nothing that is not offered.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="head">The run.</param>
    public static bool Passes(this QueueFilter filter, RunHead head)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(head);
        return head.HasLabels(filter.Labels)
            && (head.Requires.Count == 0 || head.Requires.All(need => filter.Offers.TryGetValue(need.Key, out var value) && value == need.Value));
    }

    /// <summary>Whether a run has all of these labels, each with this value; of none, it has all.</summary>
    /// <param name="head">The run.</param>
    /// <param name="labels">The labels.</param>
    public static bool HasLabels(this RunHead head, IReadOnlyCollection<KeyValuePair<string, string>> labels)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(labels);
        return labels.Count == 0 || labels.All(label => head.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
    }
}
