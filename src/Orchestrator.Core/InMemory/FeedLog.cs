using System.Globalization;
using System.Security.Cryptography;
using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>
/// The feed, in chunks. Events of a run that is dropped leave holes, and a chunk of nothing but holes is given back. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A position is a count of events, from 1, a count of events dropped, and the mark of the log: a reader who began after a drop has missed nothing by it, though
/// the holes lie ahead. The mark is random, so that no position of an earlier log is ever one of this.
/// </remarks>
/// <param name="opened">When the log began. Drops are counted from there, which tells the positions of an earlier log from its own.</param>
internal sealed class FeedLog(DateTimeOffset opened)
{
    private const int ChunkSize = 1_024;

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly SortedList<long, Chunk> _chunks = [];
    private readonly string _mark = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private long _end;
    private readonly DropHistory _drops = new(opened.ToUnixTimeMilliseconds());

    /// <summary>How many chunks it holds.</summary>
    public int Chunks
    {
        get
        {
            lock (_gate)
            {
                return _chunks.Count;
            }
        }
    }

    /// <summary>Adds events that belong together, at neighbouring positions.</summary>
    /// <returns>The position of the first.</returns>
    public long Append(IReadOnlyList<RunEvent> events)
    {
        lock (_gate)
        {
            var first = _end + 1;
            foreach (var told in events)
            {
                Append(told);
            }

            return first;
        }
    }

    /// <summary>Drops events.</summary>
    /// <param name="positions">Their positions.</param>
    public void Drop(IReadOnlyList<long> positions)
    {
        lock (_gate)
        {
            foreach (var position in positions)
            {
                var chunk = _chunks[IndexOf(position)];
                chunk.Events[SlotOf(position)] = null;
                if (--chunk.Count == 0 && IndexOf(position) != IndexOf(_end))
                {
                    _chunks.Remove(IndexOf(position));
                }

                _drops.Add(position);
            }
        }
    }

    /// <inheritdoc cref="IRunStore.ReadFeedAsync"/>
    public FeedPage Read(string? after, int limit)
    {
        lock (_gate)
        {
            var position = after switch
            {
                null => _end,
                EventSubscription.Start => 0,
                _ => Find(after),
            };
            var items = Take(position, limit);
            return new FeedPage(items, items.Count == 0 ? Write(_end) : items[^1].Position);
        }
    }

    private void Append(RunEvent told)
    {
        var position = ++_end;
        if (!_chunks.TryGetValue(IndexOf(position), out var chunk))
        {
            if (_chunks.Count > 0 && _chunks.Values[^1].Count == 0)
            {
                _chunks.RemoveAt(_chunks.Count - 1);
            }

            _chunks.Add(IndexOf(position), chunk = new Chunk());
        }

        chunk.Events[SlotOf(position)] = told;
        chunk.Count++;
    }

    /// <summary>The count of events at a position that was given out.</summary>
    private long Find(string written)
    {
        if (written.Split('.') is not [var count, var drop, var mark] || !TryRead(count, out var position) || !TryRead(drop, out var drops))
        {
            throw new FormatException("the position was not made by this store");
        }

        return mark != _mark || position > _end || !_drops.Knows(drops) ? throw new FeedExpiredException()
            : _drops.IsAnyAfter(position, drops) ? throw new FeedExpiredException { Left = Write(position) }
            : position;
    }

    private List<FeedItem> Take(long after, int limit)
    {
        var items = new List<FeedItem>();
        for (var i = FirstChunkFrom(IndexOf(after + 1)); i < _chunks.Count && items.Count < limit; i++)
        {
            var start = _chunks.Keys[i] * ChunkSize;
            var events = _chunks.Values[i].Events;
            for (var slot = (int)Math.Max(0, after - start); slot < ChunkSize && items.Count < limit; slot++)
            {
                if (events[slot] is { } told)
                {
                    items.Add(new FeedItem(told, Write(start + slot + 1)));
                }
            }
        }

        return items;
    }

    private int FirstChunkFrom(long index)
    {
        var (first, end) = (0, _chunks.Count);
        while (first < end)
        {
            var middle = first + ((end - first) / 2);
            (first, end) = _chunks.Keys[middle] >= index ? (first, middle) : (middle + 1, end);
        }

        return first;
    }

    private static long IndexOf(long position) => (position - 1) / ChunkSize;

    private static int SlotOf(long position) => (int)((position - 1) % ChunkSize);

    private string Write(long position) => string.Create(CultureInfo.InvariantCulture, $"{position}.{_drops.Newest}.{_mark}");

    private static bool TryRead(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private sealed class Chunk
    {
        public RunEvent?[] Events { get; } = new RunEvent?[ChunkSize];

        public int Count { get; set; }
    }
}

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
