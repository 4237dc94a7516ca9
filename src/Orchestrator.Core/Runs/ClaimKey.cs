using System.Text;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>What a parked claim waits for. Claims with equal filters share one, so that one of them at a time reads the queue.</summary>
/// <param name="filter">Which queued runs the claim may take.</param>
internal sealed class ClaimKey(QueueFilter filter) : IEquatable<ClaimKey>
{
    private readonly string _text = Write(filter);

    public QueueFilter Filter => filter;

    public bool Equals(ClaimKey? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as ClaimKey);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    private static string Write(QueueFilter filter)
    {
        var text = new StringBuilder();
        Append(text, filter.Labels);
        text.Append('/');
        Append(text, filter.Offers);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyDictionary<string, string> pairs)
    {
        foreach (var (key, value) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(key.Length).Append(':').Append(key).Append(value.Length).Append(':').Append(value);
        }
    }
}
