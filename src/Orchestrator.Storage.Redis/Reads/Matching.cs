namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Whether a run is among those that are asked for.</summary>
internal static class Matching
{
    public static bool Passes(this RunFilter filter, RunHead head) =>
        (filter.States.Count == 0 || filter.States.Contains(head.State))
        && (filter.Health.Count == 0 || filter.Health.Contains(head.Health))
        && (filter.Experiments.Count == 0 || filter.Experiments.Contains(head.ExperimentId))
        && (filter.CreatedAfter is not { } after || head.CreatedAt > after)
        && (filter.CreatedBefore is not { } before || head.CreatedAt < before)
        && head.HasLabels(filter.Labels);

    public static bool HasLabels(this RunHead head, IReadOnlyCollection<KeyValuePair<string, string>> labels) =>
        labels.Count == 0 || labels.All(label => head.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
