using System.Buffers.Binary;
using System.Buffers.Text;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>
/// A place in the feed: how far each shard was read, how often events had been dropped until then, and which event was read last. Written as a text of some hundred
/// characters. The event tells the place from that of another history, such as a Redis that was restored.
/// </summary>
internal sealed class FeedPosition
{
    private const byte Version = 2;

    // It lacks the event that was read last.
    private const byte FirstVersion = 1;
    private const int MostBytes = 9;

    private readonly long[] _after;

    private FeedPosition(uint place, long drops, long[] after) => (Place, Drops, _after) = (place, drops, after);

    /// <summary>What tells the feed from that of another place.</summary>
    public uint Place { get; }

    /// <summary>How often events had been dropped, over all shards.</summary>
    public long Drops { get; private init; }

    /// <summary>The shard of the event that was read last, and the microsecond at which that was stored; no time where it is not known.</summary>
    public (int Shard, long Stored) Last { get; private set; }

    /// <summary>The position in each shard.</summary>
    public IReadOnlyList<long> After => _after;

    /// <summary>Before all that is kept.</summary>
    public static FeedPosition Start(uint place, int shards) => new(place, 0, new long[shards]);

    /// <summary>The same place, seen when events had been dropped so often.</summary>
    public FeedPosition At(long drops) => new(Place, drops, _after) { Last = Last };

    /// <summary>A place of which each shard can be moved on.</summary>
    public FeedPosition Copy() => new(Place, Drops, [.. _after]) { Last = Last };

    /// <summary>Moves one shard to a position whose event, if any, is not known.</summary>
    public void Move(int shard, long position)
    {
        Last = Last.Shard == shard && _after[shard] != position ? default : Last;
        _after[shard] = position;
    }

    /// <summary>Moves one shard on to an event.</summary>
    public void Move(int shard, long position, long stored)
    {
        _after[shard] = position;
        Last = (shard, stored);
    }

    public override string ToString()
    {
        // Each shard as its distance from the farthest, which is short where shards are read at about the same pace; 0 for one that was never read.
        var farthest = _after.Max();
        var bytes = new byte[1 + sizeof(uint) + ((4 + _after.Length) * MostBytes)];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), Place);
        var end = 1 + sizeof(uint);
        Write(Drops);
        Write(farthest);
        foreach (var position in _after)
        {
            Write(position == 0 ? 0 : farthest - position + 1);
        }

        Write(Last.Shard);
        Write(Last.Stored);

        return Base64Url.EncodeToString(bytes.AsSpan(0, end));

        void Write(long value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                bytes[end++] = (byte)(value | 0x80);
            }

            bytes[end++] = (byte)value;
        }
    }

    /// <exception cref="FormatException">The text is no position of so many shards.</exception>
    public static FeedPosition Parse(string text, int shards)
    {
        if (!Base64Url.IsValid(text))
        {
            throw Unknown();
        }

        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < 1 + sizeof(uint) || bytes[0] is not (Version or FirstVersion))
        {
            throw Unknown();
        }

        var next = 1 + sizeof(uint);
        var (drops, farthest) = (Read(), Read());
        var after = new long[shards];
        for (var shard = 0; shard < shards; shard++)
        {
            var distance = Read();
            after[shard] = distance == 0 ? 0 : farthest - distance + 1;
        }

        var last = bytes[0] == Version ? (Shard: (int)Math.Min(Read(), int.MaxValue), Stored: Read()) : default;
        return next == bytes.Length && after.Min() >= 0 && last.Shard < shards
            ? new FeedPosition(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)), drops, after) { Last = last }
            : throw Unknown();

        long Read()
        {
            var value = 0L;
            for (var shift = 0; next < bytes.Length && shift < 7 * MostBytes; shift += 7)
            {
                var part = bytes[next++];
                value |= (long)(part & 0x7F) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }

            throw Unknown();
        }
    }

    private static FormatException Unknown() => new("the position was not made by this store");
}
