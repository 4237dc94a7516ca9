using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public sealed class RecentViewsTests
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_newest_view_is_found_until_it_is_forgotten()
    {
        var views = new RecentViews(capacity: 2, Age, _time);
        views.Keep(View(1));
        var newest = View(1);
        views.Keep(newest);

        Assert.Same(newest, views.Find(Id(1)));
        views.Forget(Id(1));
        Assert.Null(views.Find(Id(1)));
    }

    [Fact]
    public void As_many_as_it_has_room_for_are_found_and_never_more_than_twice_as_many()
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        for (var i = 0; i < 1_000; i++)
        {
            views.Keep(View(i));

            var first = Math.Max(0, i - 9);
            Assert.All(Enumerable.Range(first, i - first + 1), kept => Assert.NotNull(views.Find(Id(kept))));
            Assert.InRange(Enumerable.Range(0, i + 1).Count(kept => views.Find(Id(kept)) is not null), 0, 20);
        }
    }

    [Fact]
    public void A_view_that_is_forgotten_does_not_come_back_when_others_are_kept()
    {
        var views = new RecentViews(capacity: 2, Age, _time);
        for (var i = 0; i < 4; i++)
        {
            views.Keep(View(0));
            views.Keep(View(i + 10));
            views.Forget(Id(0));
            Assert.Null(views.Find(Id(0)));
        }
    }

    [Fact]
    public void A_view_is_found_for_as_long_as_was_said_and_never_for_more_than_twice_that()
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        _time.Advance(Age / 2);
        views.Keep(View(1));

        _time.Advance(Age);
        Assert.NotNull(views.Find(Id(1)));
        views.Keep(View(2));
        _time.Advance(Age);
        Assert.Null(views.Find(Id(1)));
        Assert.NotNull(views.Find(Id(2)));
    }

    [Fact]
    public void A_look_that_comes_late_does_not_make_a_view_last_longer()
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        views.Keep(View(1));

        _time.Advance(1.9 * Age);
        Assert.NotNull(views.Find(Id(1)));
        _time.Advance(0.2 * Age);
        Assert.Null(views.Find(Id(1)));
    }

    [Fact]
    public void What_nobody_looked_at_for_long_is_not_found_either()
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        views.Keep(View(1));

        _time.Advance(2 * Age);

        Assert.Null(views.Find(Id(1)));
    }

    [Theory]
    [InlineData(+1, 0)]
    [InlineData(0, +1)]
    public void One_who_comes_late_does_not_turn_a_view_back(int revisions, int heartbeats)
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        var earlier = View(1);
        var later = earlier with
        {
            Head = earlier.Head with { Revision = earlier.Head.Revision + revisions },
            Progress = earlier.Progress with { Heartbeats = earlier.Progress.Heartbeats + heartbeats },
        };
        views.Keep(earlier);
        views.Keep(later);
        views.Keep(earlier);

        Assert.Same(later, views.Find(Id(1)));
    }

    [Fact]
    public void Another_run_of_the_same_id_takes_the_place_of_one_that_was_dropped()
    {
        var views = new RecentViews(capacity: 10, Age, _time);
        var dropped = View(1);
        views.Keep(dropped with { Head = dropped.Head with { Revision = 50 } });
        var made = dropped with { Head = dropped.Head with { Revision = 1, CreatedAt = dropped.Head.CreatedAt + Age } };
        views.Keep(made);

        Assert.Same(made, views.Find(Id(1)));
    }

    [Theory]
    [InlineData(null, 2, true)]
    [InlineData(0, 2, false)]
    [InlineData(1, 2, true)]
    [InlineData(1, 1, false)]
    public void There_is_a_memory_where_a_read_costs_something_and_runs_are_kept_for_a_while(int? retention, int maxBatch, bool expected)
    {
        var store = new InterceptedStore(new InMemoryRunStore(_time), maxBatch);
        var options = new RetentionOptions { EndedRuns = retention is { } minutes ? TimeSpan.FromMinutes(minutes) : null };

        Assert.Equal(expected, RecentViews.For(store, options, _time) is not null);
    }

    [Fact]
    public void A_run_is_forgotten_before_it_can_be_dropped()
    {
        var views = RecentViews.For(new InterceptedStore(new InMemoryRunStore(_time), 2), new RetentionOptions { EndedRuns = Age }, _time)!;
        views.Keep(View(1));

        _time.Advance(Age);

        Assert.Null(views.Find(Id(1)));
    }

    private static RunId Id(int i) => RunId.Parse($"run-{i}");

    private static RunView View(int i)
    {
        var view = RunViews.In(RunState.Running);
        return view with { Head = view.Head with { Id = Id(i) } };
    }
}
