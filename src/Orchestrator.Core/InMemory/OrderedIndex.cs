namespace Orchestrator.Core.InMemory;

/// <summary>Runs in the order of a key that each has once. Not safe for concurrent use.</summary>
internal sealed class OrderedIndex<TKey>
    where TKey : struct, IComparable<TKey>
{
    private readonly SortedSet<KeyValuePair<TKey, StoredRun>> _runs =
        new(Comparer<KeyValuePair<TKey, StoredRun>>.Create((x, y) => x.Key.CompareTo(y.Key)));

    public int Count => _runs.Count;

    /// <summary>Gives a run another key; <see langword="null"/> for none.</summary>
    public void Move(StoredRun run, TKey? from, TKey? to)
    {
        if (Nullable.Compare(from, to) == 0)
        {
            return;
        }

        if (from is { } old)
        {
            _runs.Remove(Pair(old, run));
        }

        if (to is { } key)
        {
            _runs.Add(Pair(key, run));
        }
    }

    /// <summary>The runs whose keys are greater, in order. Found in logarithmic time, then walked.</summary>
    public IEnumerable<KeyValuePair<TKey, StoredRun>> After(TKey key)
    {
        if (_runs.Count == 0 || _runs.Max.Key.CompareTo(key) <= 0)
        {
            yield break;
        }

        foreach (var pair in _runs.GetViewBetween(Pair(key, null!), _runs.Max))
        {
            if (pair.Key.CompareTo(key) > 0)
            {
                yield return pair;
            }
        }
    }

    private static KeyValuePair<TKey, StoredRun> Pair(TKey key, StoredRun run) => new(key, run);
}
