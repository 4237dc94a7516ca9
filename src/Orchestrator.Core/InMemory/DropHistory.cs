namespace Orchestrator.Core.InMemory;

/// <summary>Up to which position events were dropped since a given drop. Of drops that a later one lies beyond nothing is kept. Not safe for concurrent use.</summary>
/// <param name="first">The number that the first drop comes after.</param>
internal sealed class DropHistory(long first)
{
    private const int MostKept = 1_024;

    private readonly long _first = first;

    // From the oldest drop to the newest, and so from the highest position to the lowest: each drop that no later one lies beyond.
    private readonly List<(long Number, long Position)> _drops = [];

    /// <summary>The number of the newest drop.</summary>
    public long Newest { get; private set; } = first;

    /// <summary>Whether a number is that of a drop, or of the time before the first.</summary>
    public bool Knows(long number) => number >= _first && number <= Newest;

    public void Add(long position)
    {
        while (_drops.Count > 0 && _drops[^1].Position <= position)
        {
            _drops.RemoveAt(_drops.Count - 1);
        }

        _drops.Add((++Newest, position));
        if (_drops.Count > MostKept)
        {
            // The two oldest become one, as far as the farther and as new as the newer: a reader may be refused for it who missed nothing, never the reverse.
            _drops[1] = (_drops[1].Number, _drops[0].Position);
            _drops.RemoveAt(0);
        }
    }

    /// <summary>Whether an event after a position was dropped since a drop.</summary>
    public bool IsAnyAfter(long position, long since)
    {
        var (low, high) = (0, _drops.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = _drops[middle].Number > since ? (low, middle) : (middle + 1, high);
        }

        return low < _drops.Count && _drops[low].Position > position;
    }
}
