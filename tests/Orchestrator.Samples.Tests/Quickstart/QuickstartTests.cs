using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class QuickstartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-checkpoints-");

    private static IEnumerable<string> Events =>
    [
        "run.created",
        @"run\.health_changed +healthy -> heartbeat_stale",
        @"run\.health_changed +heartbeat_stale -> unresponsive",
        @"run\.terminate_recommended +silent for",
        @"run\.health_changed +unresponsive -> healthy",
        @"command\.queued +tune learning_rate 0\.2",
        @"command\.delivered +tune learning_rate 0\.2",
        @"command\.acknowledged +tune learning_rate 0\.2: applied",
        @"run\.state_changed +running -> paused",
        @"run\.state_changed +terminating -> terminated",
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Runs_to_its_end_and_shows_that_the_worker_obeyed()
    {
        await using var quickstart = QuickstartProcess.Start("--checkpoints", _folder.FullName);

        var (exitCode, output, errors) = await quickstart.EndAsync();

        Assert.True(exitCode == 0, $"{exitCode}\n{output}\n{errors}");
        Assert.Empty(errors);
        Assert.DoesNotContain('\u001b', output);
        foreach (var transition in new[] { "queued", "provisioning", "running", "paused", "running", "terminating", "terminated" }.Chain())
        {
            Assert.Matches($@"\d\.\d{{3}} +{transition.From} +{transition.To} ", output);
        }

        foreach (var command in new[] { @"tune learning_rate 0\.2", "pause", "resume", "terminate, checkpoint" })
        {
            Assert.Matches($@"(\d+\.\d{{3}} +){{3}}\d+ ms +{command} +applied +\d+", output);
        }

        foreach (var told in Events)
        {
            Assert.Matches($"(?m)^event +{told}", output);
        }

        Assert.Matches(@"Audit chain \d+ entries, valid", output);
        Assert.Contains("Test accuracy", output, StringComparison.Ordinal);
        Assert.Contains("What to try next", output, StringComparison.Ordinal);
        var checkpoint = Checkpoint.Load(Assert.Single(_folder.GetFiles()).FullName);
        Assert.Equal(0.2, checkpoint.LearningRate);
        Assert.Contains($"(checkpoint {checkpoint.Version}, step {checkpoint.Step})", output, StringComparison.Ordinal);
    }
}

file static class Pairs
{
    public static IEnumerable<(string From, string To)> Chain(this string[] states) => states.Zip(states.Skip(1));
}
