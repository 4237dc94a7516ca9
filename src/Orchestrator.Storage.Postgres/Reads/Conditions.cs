using System.Globalization;
using Npgsql;
using Orchestrator.Storage.Postgres.Rows;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>What a filter asks for, as the conditions of a statement and their parameters.</summary>
internal sealed class Conditions
{
    private readonly List<string> _conditions = [];

    public List<NpgsqlParameter> Parameters { get; } = [];

    public string Where => _conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", _conditions);

    public void AnyOf(string column, IEnumerable<string> values)
    {
        string[] any = [.. values];
        if (any.Length > 0)
        {
            Add($"{column} = ANY(", Parameter.Of(any), ")");
        }
    }

    /// <summary>All of the labels; the same key with two values is never true.</summary>
    public void Labels(IEnumerable<KeyValuePair<string, string>> labels)
    {
        foreach (var (key, value) in labels)
        {
            Add("labels @> ", Parameter.Of(StoredJson.Write<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [key] = value })), "::jsonb");
        }
    }

    public void Compare(string comparison, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            Add(comparison + " ", Parameter.Of(value), "");
        }
    }

    public void Compare(string comparison, long value) => Add(comparison + " ", Parameter.Of(value), "");

    private void Add(string before, NpgsqlParameter parameter, string after)
    {
        Parameters.Add(parameter);
        _conditions.Add(string.Create(CultureInfo.InvariantCulture, $"{before}${Parameters.Count}{after}"));
    }
}
