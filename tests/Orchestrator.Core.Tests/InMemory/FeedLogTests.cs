using CsCheck;
using Orchestrator.Core.InMemory;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.InMemory;

/// <summary>The feed in memory, also against a plain model of it.</summary>
public sealed class FeedLogTests
{
    private static readonly DateTimeOffset Opened = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly FeedLog _log = new(Opened);

    [Fact]
    public void Null_is_the_end_and_0_is_before_everything()
    {
        Append(3);
        var end = _log.Read(null, 10);
        Append(2);

        Assert.Empty(end.Items);
        Assert.Equal([4, 5], Read(end.Next));
        Assert.Equal([1, 2, 3, 4, 5], Read("0"));
    }

    [Fact]
    public void Every_position_given_out_is_one_to_go_on_from_with_no_event_twice_or_left_out()
    {
        Append(2_500);
        var read = new List<long>();
        var after = "0";
        for (var page = _log.Read(after, 7); page.Items.Count > 0; page = _log.Read(after, 7))
        {
            Assert.Equal(page.Items[^1].Position, page.Next);
            read.AddRange(Sequences(page));
            after = page.Next;
        }

        Assert.Equal(Enumerable.Range(1, 2_500).Select(n => (long)n), read);
        Assert.Equal([1_026], Read(_log.Read("0", 1_025).Items[^1].Position, 1));
    }

    [Fact]
    public void A_reader_who_has_not_passed_what_is_dropped_is_told_where_to_go_on_with_what_is_left()
    {
        Append(10);
        var second = _log.Read("0", 2).Next;
        _log.Drop([2, 5]);

        var expired = Assert.Throws<FeedExpiredException>(() => _log.Read(second, 9));

        Assert.Equal([3, 4, 6, 7, 8, 9, 10], Read(expired.Left));
    }

    [Fact]
    public void A_reader_who_has_passed_what_is_dropped_reads_on()
    {
        Append(10);
        var fifth = _log.Read("0", 5).Next;
        _log.Drop([2, 5]);

        Assert.Equal([6, 7, 8, 9, 10], Read(fifth));
    }

    [Fact]
    public void A_reader_whose_position_came_after_a_drop_ahead_of_it_reads_on_whatever_is_dropped_behind_it()
    {
        Append(10);
        _log.Drop([9]);
        var fifth = _log.Read("0", 5).Next;
        _log.Drop([2, 5]);

        Assert.Equal([6, 7, 8, 10], Read(fifth));
    }

    [Fact]
    public void Of_very_many_drops_the_oldest_are_told_apart_no_more_and_none_is_passed_over()
    {
        Append(3_000);
        var passed = new List<string>();
        var missing = new List<string>();
        for (var position = 3_000; position > 1_000; position--)
        {
            // Readers who have read all that is left, and readers who have not, before the next drop.
            var drops = _log.Read(null, 1).Next.Split('.', 2)[1];
            passed.Add($"{position}.{drops}");
            missing.Add($"{position - 1}.{drops}");
            _log.Drop([position]);
        }

        Assert.All(passed.TakeLast(1_000), position => Assert.Empty(Read(position)));
        Assert.Throws<FeedExpiredException>(() => _log.Read(passed[1], 1));
        Assert.All(missing, position => Assert.Throws<FeedExpiredException>(() => _log.Read(position, 1)));
    }

    [Fact]
    public void A_reader_who_begins_behind_holes_reads_page_by_page_to_the_end()
    {
        Append(3_000);
        _log.Drop([.. Enumerable.Range(11, 2_900).Select(n => (long)n)]);
        var read = new List<long>();
        var page = _log.Read("0", 4);
        while (page.Items.Count > 0)
        {
            read.AddRange(Sequences(page));
            page = _log.Read(page.Next, 4);
        }

        Assert.Equal([.. Enumerable.Range(1, 10), .. Enumerable.Range(2_911, 90)], read.Select(n => (int)n));
    }

    [Fact]
    public void Chunks_of_nothing_but_holes_are_given_back()
    {
        for (var round = 0; round < 50; round++)
        {
            var first = Append(1_000);
            _log.Drop([.. Enumerable.Range(0, 1_000).Select(n => first + n)]);
            Assert.InRange(_log.Chunks, 1, 2);
        }

        Assert.Empty(_log.Read("0", 10).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("-1.1")]
    [InlineData("1.-1")]
    [InlineData("1.1")]
    [InlineData("1.1.1.1")]
    [InlineData(" 1.1")]
    [InlineData("99999999999999999999.1")]
    public void A_text_that_no_log_wrote_is_no_position(string text) => Assert.Throws<FormatException>(() => _log.Read(text, 1));

    [Fact]
    public void The_position_of_an_earlier_log_is_expired_however_long_this_one_is()
    {
        Append(5);
        var position = _log.Read("0", 3).Next;
        var beyond = new FeedLog(Opened);
        var later = new FeedLog(Opened.AddSeconds(1));
        later.Append([.. Events(1, 100)]);
        var twin = new FeedLog(Opened);
        twin.Append([.. Events(1, 100)]);
        var earlier = new FeedLog(Opened.AddSeconds(-1));
        earlier.Append([.. Events(1, 100)]);

        Assert.Equal("0", Assert.Throws<FeedExpiredException>(() => beyond.Read(position, 1)).Left);
        Assert.Equal("0", Assert.Throws<FeedExpiredException>(() => twin.Read(position, 1)).Left);
        Assert.Equal("0", Assert.Throws<FeedExpiredException>(() => later.Read(position, 1)).Left);
        Assert.Equal("0", Assert.Throws<FeedExpiredException>(() => earlier.Read(position, 1)).Left);
    }

    [Fact]
    public void It_does_as_the_model_does() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var model = new Model(new FeedLog(Opened));
            for (var step = 0; step < 60; step++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        model.Append(random.Next(0, random.Next(2) == 0 ? 4 : 1_500));
                        break;
                    case 1:
                        model.Drop(random);
                        break;
                    default:
                        model.Read(random);
                        break;
                }
            }
        },
        iter: 300);

    private static IEnumerable<RunEvent> Events(long first, int count) => Enumerable.Range(0, count).Select(n =>
        new RunEvent(first + n, EventType.FleetSilent, Opened, default, 0, new FleetSilentData(0, 0, Opened)));

    private static IEnumerable<long> Sequences(FeedPage page) => page.Items.Select(item => item.Event.Sequence);

    private long Append(int count)
    {
        var first = _log.Append([]);
        Assert.Equal(first, _log.Append([.. Events(first, count)]));
        return first;
    }

    private IEnumerable<long> Read(string after, int limit = 100) => Sequences(_log.Read(after, limit));

    /// <summary>The log as two lists: what was dropped, in its order, and what is kept. The sequence of an event is its place.</summary>
    private sealed class Model(FeedLog log)
    {
        private readonly SortedSet<long> _kept = [];
        private readonly List<long> _dropped = [];
        private readonly List<(string Text, long Count, int Drops)> _positions = [("0", 0, 0)];
        private long _end;

        public void Append(int count)
        {
            log.Append([.. Events(_end + 1, count)]);
            for (; count > 0; count--)
            {
                _kept.Add(++_end);
            }
        }

        public void Drop(Random random)
        {
            long[] chosen = [.. _kept.Skip(random.Next(50)).Take(random.Next(1_200)).Where(_ => random.Next(4) > 0)];
            log.Drop(chosen);
            _dropped.AddRange(chosen);
            _kept.ExceptWith(chosen);
        }

        public void Read(Random random)
        {
            var (after, count, drops) = random.Next(10) == 0 ? (null, _end, _dropped.Count) : _positions[random.Next(_positions.Count)];
            if (after == "0")
            {
                drops = _dropped.Count;
            }

            var missed = _dropped.Skip(drops).Any(position => position > count);
            var limit = random.Next(1, 300);
            try
            {
                var page = log.Read(after, limit);
                Assert.False(missed, $"{after} misses something");
                Assert.Equal(_kept.GetViewBetween(count + 1, Math.Max(_end, count + 1)).Take(limit), Sequences(page));
                _positions.AddRange(page.Items.Select(item => (item.Position, item.Event.Sequence, _dropped.Count)));
                _positions.Add((page.Next, page.Items.Count == 0 ? _end : page.Items[^1].Event.Sequence, _dropped.Count));
            }
            catch (FeedExpiredException expired)
            {
                Assert.True(missed, $"{after} misses nothing");
                _positions.Add((expired.Left, count, _dropped.Count));
            }
        }
    }
}
