using System.Globalization;
using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>
/// The feed, in chunks: a position is a count of events, from 1. Events of a run that is dropped leave holes, and a chunk of nothing but holes is
/// given back. Safe for concurrent use.
/// </summary>
internal sealed class FeedLog
{
    private const int ChunkSize = 1_024;

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly SortedList<long, Chunk> _chunks = [];
    private long _end;
    private long _droppedUpTo;

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

                _droppedUpTo = Math.Max(_droppedUpTo, position);
            }
        }
    }

    /// <inheritdoc cref="IRunStore.ReadFeedAsync"/>
    public FeedPage Read(string? after, int limit)
    {
        lock (_gate)
        {
            if (after is null)
            {
                return new FeedPage([], Write(_end));
            }

            var position = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw new FormatException("the position was not made by this store");
            if (position > _end || (position < _droppedUpTo && position > 0))
            {
                throw new FeedExpiredException();
            }

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

    private static string Write(long position) => position.ToString(CultureInfo.InvariantCulture);

    private sealed class Chunk
    {
        public RunEvent?[] Events { get; } = new RunEvent?[ChunkSize];

        public int Count { get; set; }
    }
}
