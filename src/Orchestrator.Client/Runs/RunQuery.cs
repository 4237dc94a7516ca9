using System.Globalization;
using System.Text;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Runs;

/// <summary>The query of a list of runs.</summary>
internal static class RunQuery
{
    public static string Of(RunFilter? filter, int limit, string? cursor, RunDetail detail)
    {
        var query = new StringBuilder("runs?limit=").Append(CultureInfo.InvariantCulture, $"{limit}");
        foreach (var (name, value) in Members(filter ?? new RunFilter()))
        {
            Add(name, value);
        }

        if (cursor is not null)
        {
            Add("cursor", cursor);
        }

        if (detail == RunDetail.Full)
        {
            Add("include", "manifest");
        }

        return query.ToString();

        void Add(string name, string value) => query.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    private static IEnumerable<(string Name, string Value)> Members(RunFilter filter) =>
    [
        .. filter.States.Select(state => ("state", WireText.Of(state, RunStates.ToWireName))),
        .. filter.Health.Select(health => ("health", WireText.Of(health, HealthStatuses.ToWireName))),
        .. filter.Experiments.Select(experiment => ("experiment_id", experiment.ToString())),
        .. filter.Labels.Select(label => ("label", LabelOf(label))),
        .. filter.CreatedAfter is { } after ? [("created_after", WireText.Of(after))] : Array.Empty<(string, string)>(),
        .. filter.CreatedBefore is { } before ? [("created_before", WireText.Of(before))] : Array.Empty<(string, string)>(),
    ];
    /// <summary>A label as one text. A key with a colon would read as another key: it is written as no label, which the server refuses.</summary>
    private static string LabelOf(KeyValuePair<string, string> label) =>
        label.Key?.Contains(':', StringComparison.Ordinal) == true ? "" : $"{label.Key}:{label.Value}";
}
