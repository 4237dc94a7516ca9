namespace Orchestrator.Storage.Conformance;

/// <summary>Two hosts over one store: what one accepts, a poll that is parked at the other gets.</summary>
public static class CommandExchange
{
    private const int Commands = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Actor Ada = new(ActorType.Operator, "ada");

    public static async Task CheckAsync(IOrchestrator here, IOrchestrator there)
    {
        var run = (await here.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value.Value.Id;
        _ = (await here.Heartbeats.ReportAsync(run, new Heartbeat { RunId = run, Status = RuntimeStatus.Running, Step = 1, Loss = 1, SamplesPerSec = 1, CheckpointVersion = 0 })).Value;

        for (var i = 0; i < Commands; i++)
        {
            var poll = there.Commands.NextAsync(run, TimeSpan.FromSeconds(60)).AsTask();
            var accepted = (await here.Commands.EnqueueAsync(run, i % 2 == 0 ? NewCommand.Pause(Ada) : NewCommand.Resume(Ada))).Value.Value;

            var delivered = (await poll.WaitAsync(Patience)).Value;
            Assert.Equal(accepted.Id, delivered?.Id);
            _ = (await there.Commands.AcknowledgeAsync(run, accepted.Id, new Acknowledgement())).Value;
        }

        Assert.Equal(RunState.Paused, (await here.Runs.GetAsync(run)).Value.State);
        Assert.True((await there.Audit.VerifyAsync(run)).Value.Valid);
    }
}
