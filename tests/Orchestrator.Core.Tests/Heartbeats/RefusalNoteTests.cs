using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

public sealed class RefusalNoteTests
{
    public static TheoryData<RefusalCode> Codes => new(Enum.GetValues<RefusalCode>());

    [Theory]
    [MemberData(nameof(Codes))]
    public void The_first_refusal_of_each_code_is_kept_and_told_of_once(RefusalCode code)
    {
        var view = RunViews.In(RunState.Running);

        var first = Note(view, code);
        var change = Changes.Of(view, first);
        var again = Note(view with { Head = change.Head }, code);

        Assert.Equal(code, first.Refusal!.Code);
        Assert.Equal(new LastRefusal(code, RunViews.Now), change.Head.LastRefusal);
        Assert.Equal(new HeartbeatRefusedData(code), Assert.Single(change.Events).Data);
        Changes.Refused(code, again);
    }

    [Fact]
    public void Another_code_and_another_attempt_are_kept_again()
    {
        var view = RunViews.In(RunState.Running);
        var first = Changes.Of(view, Note(view, RefusalCode.InvalidJson));

        var other = Note(view with { Head = first.Head }, RefusalCode.PayloadTooLarge);
        var begun = new Core.Runs.AttemptDecider(RunViews.Run, new AttemptRequest(), RunViews.ByAda, RunViews.Options).Decide(view with { Head = first.Head }, RunViews.Now);
        var later = Note(view with { Head = begun.Change!.Head }, RefusalCode.InvalidJson);

        Assert.Equal(RefusalCode.PayloadTooLarge, other.Change!.Head.LastRefusal!.Code);
        Assert.Equal(RunViews.Attempt + 1, Assert.Single(later.Change!.Events).Attempt);
    }

    [Fact]
    public void A_refusal_changes_no_state_no_progress_and_no_health()
    {
        var view = RunViews.In(RunState.Paused).With(head => head with { Health = HealthStatus.Unresponsive });

        var change = Changes.Of(view, Note(view, RefusalCode.ValidationFailed));

        Assert.Null(change.Progress);
        Assert.Empty(change.Transitions);
        Assert.Equal(
            view.Head with
            {
                LastRefusal = change.Head.LastRefusal,
                KeptRefusals = change.Head.KeptRefusals,
                Events = view.Head.Events + 1,
                ChangedAt = RunViews.Now,
                Revision = view.Head.Revision + 1,
            },
            change.Head);
    }

    [Fact]
    public void Nothing_is_noted_of_an_unknown_run() =>
        Changes.Refused(RefusalCode.RunNotFound, new RefusalNoteDecider(RunViews.Run, new Refusal(RefusalCode.InvalidJson, "no"), RunViews.Options).Decide(null, RunViews.Now));

    private static Decision<bool> Note(RunView view, RefusalCode code) =>
        new RefusalNoteDecider(RunViews.Run, new Refusal(code, "no"), RunViews.Options).Decide(view, RunViews.Now);
}
