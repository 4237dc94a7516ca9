using System.Text.Json;

namespace Orchestrator.Abstractions.Tests.Runs;

public sealed class RunTests
{
    private static readonly DateTimeOffset Moment = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly RunHead Head = new()
    {
        Id = RunId.Parse("r1"),
        ExperimentId = ExperimentId.Parse("e1"),
        VersionId = VersionId.Parse("v1"),
        CreatedAt = Moment,
        ChangedAt = Moment.AddSeconds(10),
        Revision = 4,
    };

    [Theory]
    [InlineData(null, 10)]
    [InlineData(5, 10)]
    [InlineData(10, 10)]
    [InlineData(15, 15)]
    public void It_was_updated_when_control_or_a_heartbeat_last_changed_it(int? lastHeartbeat, int updated)
    {
        var progress = new RunProgress { LastHeartbeatAt = lastHeartbeat is { } seconds ? Moment.AddSeconds(seconds) : null };

        Assert.Equal(Moment.AddSeconds(updated), new Run(Head, progress).UpdatedAt);
    }

    [Fact]
    public void It_shows_what_control_and_heartbeats_say_of_it()
    {
        var head = Head with { State = RunState.Failed, Ending = new RunEnding(EndReason.LostWorker, Moment.AddSeconds(10)), Health = HealthStatus.Unresponsive };
        var run = new Run(head, new RunProgress { Status = RuntimeStatus.Running, CurrentStep = 12, StatusMessage = "silent", Heartbeats = 3 });

        Assert.Equal((RunState.Failed, RuntimeStatus.Running, HealthStatus.Unresponsive), (run.State, run.RuntimeStatus, run.HealthStatus));
        Assert.Equal((EndReason.LostWorker, Moment.AddSeconds(10)), (run.EndReason, run.EndedAt));
        Assert.Equal((12, "silent", 3, 4), (run.CurrentStep, run.StatusMessage, run.Heartbeats, run.Revision));
    }

    [Fact]
    public void A_run_that_lives_has_no_end()
    {
        var run = new Run(Head, RunProgress.None);

        Assert.Null(run.EndedAt);
        Assert.Null(run.EndReason);
        Assert.Null(run.RuntimeStatus);
    }

    [Fact]
    public void The_manifest_is_there_where_it_was_asked_for()
    {
        var manifest = new RunManifest(JsonElement.Parse("""{"image":"trainer"}"""), RunManifest.Empty.Overrides);

        Assert.Null(new Run(Head, RunProgress.None).LaunchManifest);
        Assert.Equal("""{"image":"trainer"}""", new Run(Head, RunProgress.None, manifest).LaunchManifest!.Value.GetRawText());
        Assert.Equal("{}", new Run(Head, RunProgress.None, manifest).Overrides!.Value.GetRawText());
    }
}
