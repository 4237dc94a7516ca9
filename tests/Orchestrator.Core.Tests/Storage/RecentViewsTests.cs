using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public sealed class RecentViewsTests
{
    [Fact]
    public void The_newest_view_is_found_until_it_is_forgotten()
    {
        var views = new RecentViews(capacity: 2);
        views.Keep(View(1));
        var newest = View(1) with { Progress = new RunProgress { CurrentStep = 5 } };
        views.Keep(newest);

        Assert.Same(newest, views.Find(Id(1)));
        views.Forget(Id(1));
        Assert.Null(views.Find(Id(1)));
    }

    [Fact]
    public void As_many_as_it_has_room_for_are_found_and_never_more_than_twice_as_many()
    {
        var views = new RecentViews(capacity: 10);
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
        var views = new RecentViews(capacity: 2);
        for (var i = 0; i < 4; i++)
        {
            views.Keep(View(0));
            views.Keep(View(i + 10));
            views.Forget(Id(0));
            Assert.Null(views.Find(Id(0)));
        }
    }

    private static RunId Id(int i) => RunId.Parse($"run-{i}");

    private static RunView View(int i)
    {
        var view = RunViews.In(RunState.Running);
        return view with { Head = view.Head with { Id = Id(i) } };
    }
}
