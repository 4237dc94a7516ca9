using Microsoft.Extensions.Time.Testing;
using Orchestrator.Client.Workers;

namespace Orchestrator.Client.Tests.Workers;

public sealed class BeatScheduleTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_first_heartbeat_is_due_at_once() => Assert.Equal(TimeSpan.Zero, NewSchedule(0).Wait);

    [Fact]
    public void Jitter_only_shortens_the_interval_by_a_tenth_at_most()
    {
        var waits = Enumerable.Range(0, 1_000).Select(seed =>
        {
            var schedule = NewSchedule(seed);
            schedule.Accepted();
            return schedule.Wait;
        }).ToArray();

        Assert.All(waits, wait => Assert.InRange(wait, Interval * 0.9, Interval));
        Assert.True(waits.Distinct().Count() > 900);
    }

    [Fact]
    public void A_heartbeat_that_came_too_soon_waits_as_long_as_it_was_told()
    {
        var schedule = NewSchedule(1);
        schedule.Accepted();
        schedule.Throttled(TimeSpan.FromSeconds(4));

        Assert.Equal(TimeSpan.FromSeconds(4), schedule.Wait);
    }

    [Fact]
    public void After_one_that_came_too_soon_the_minimum_of_the_server_is_kept_whatever_the_jitter()
    {
        var schedule = NewSchedule(1);
        schedule.Accepted();
        _time.Advance(TimeSpan.FromSeconds(10));
        schedule.Throttled(TimeSpan.FromSeconds(5));

        for (var beats = 0; beats < 100; beats++)
        {
            schedule.Accepted();
            Assert.Equal(TimeSpan.FromSeconds(15), schedule.Wait);
        }
    }

    [Fact]
    public void What_came_too_soon_after_heartbeats_without_an_answer_says_nothing_of_the_minimum()
    {
        var schedule = NewSchedule(1);
        schedule.Accepted();
        for (var outage = 0; outage < 2; outage++)
        {
            _time.Advance(Interval);
            schedule.Unanswered(Away());
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        schedule.Throttled(TimeSpan.FromSeconds(3.5));
        Assert.Equal(TimeSpan.FromSeconds(3.5), schedule.Wait);

        schedule.Accepted();
        Assert.InRange(schedule.Wait, Interval * 0.9, Interval);
    }

    [Fact]
    public void A_minimum_is_forgotten_in_an_outage()
    {
        var schedule = NewSchedule(1);
        schedule.Accepted();
        _time.Advance(Interval);
        schedule.Throttled(TimeSpan.FromSeconds(20));

        schedule.Unanswered(Away());
        schedule.Accepted();

        Assert.InRange(schedule.Wait, Interval * 0.9, Interval);
    }

    [Fact]
    public void The_minimum_does_not_grow_where_another_worker_beats_in_between()
    {
        var schedule = NewSchedule(1);
        for (var beats = 0; beats < 100; beats++)
        {
            schedule.Accepted();
            _time.Advance(schedule.Wait);
            schedule.Throttled(TimeSpan.FromSeconds(5));
            _time.Advance(schedule.Wait);
        }

        schedule.Accepted();

        Assert.InRange(schedule.Wait, Interval * 0.9, Interval + TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Retries_come_later_each_time_and_stay_inside_the_interval()
    {
        var schedule = NewSchedule(1);
        var waits = Enumerable.Range(0, 6).Select(_ =>
        {
            schedule.Unanswered(Away());
            return schedule.Wait.TotalSeconds;
        });

        Assert.Equal([1, 2, 4, 8, 10, 10], waits);
    }

    [Fact]
    public void A_retry_comes_no_sooner_than_the_server_asks()
    {
        var schedule = NewSchedule(1);
        schedule.Unanswered(Away(retryAfter: 7.0));

        Assert.Equal(TimeSpan.FromSeconds(7), schedule.Wait);
    }

    [Fact]
    public void A_retry_comes_after_30_s_at_the_latest_whatever_the_server_asks()
    {
        var schedule = NewSchedule(1);
        schedule.Unanswered(Away(retryAfter: 3_600));

        Assert.Equal(TimeSpan.FromSeconds(30), schedule.Wait);
    }

    [Fact]
    public void A_minimum_of_the_server_is_kept_up_to_30_s()
    {
        var schedule = NewSchedule(1);
        schedule.Accepted();
        _time.Advance(TimeSpan.FromSeconds(10));
        schedule.Throttled(TimeSpan.FromSeconds(30));
        schedule.Accepted();

        Assert.Equal(TimeSpan.FromSeconds(30), schedule.Wait);
    }

    [Fact]
    public void A_minimum_of_the_server_does_not_shorten_an_interval_above_30_s()
    {
        var schedule = new BeatSchedule(TimeSpan.FromMinutes(5), _time, new Random(1));
        schedule.Accepted();
        _time.Advance(TimeSpan.FromMinutes(5));
        schedule.Throttled(TimeSpan.FromSeconds(30));
        schedule.Accepted();

        Assert.Equal(TimeSpan.FromMinutes(5), schedule.Wait);
    }

    [Fact]
    public void News_is_due_at_once_but_not_while_nobody_answers()
    {
        var (heard, unheard) = (NewSchedule(1), NewSchedule(1));
        heard.Accepted();
        heard.Hurry();
        unheard.Unanswered(Away());
        unheard.Hurry();

        Assert.Equal(TimeSpan.Zero, heard.Wait);
        Assert.Equal(TimeSpan.FromSeconds(1), unheard.Wait);
    }

    private BeatSchedule NewSchedule(int seed) => new(Interval, _time, new Random(seed));

    private static Refusal Away(double? retryAfter = null) => new(RefusalCode.StoreUnavailable, "Away.")
    {
        Details = new Dictionary<string, object?> { ["retry_after"] = retryAfter },
    };
}
