namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class QuickstartEndsTests
{
    [Fact]
    public async Task Sigterm_during_the_run_ends_it_and_leaves_no_files_behind()
    {
        await using var quickstart = QuickstartProcess.Start();
        var checkpoint = await QuickstartProcess.CheckpointAsync(quickstart);
        await quickstart.LineAsync("running ");

        quickstart.Terminate();

        var (exitCode, _, errors) = await quickstart.EndAsync();
        Assert.Equal(130, exitCode);
        Assert.Equal("Interrupted before the run had ended.", errors.TrimEnd());
        Assert.False(Directory.Exists(Path.GetDirectoryName(checkpoint)));
    }

    [Theory]
    [InlineData("--Orchestrator:Health:UnresponsiveAfter=00:00:01", "Orchestrator:Health:UnresponsiveAfter is 00:00:01")]
    [InlineData("--urls=nonsense", "nonsense")]
    [InlineData("--checkpoint=here", "'--checkpoint=here' is not an argument")]
    public async Task What_makes_no_sense_is_told_in_one_line(string argument, string message)
    {
        await using var quickstart = QuickstartProcess.Start(argument);

        var (exitCode, output, errors) = await quickstart.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Empty(output);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_read_is_told()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-checkpoints-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "iris.checkpoint.json"), "{ torn");
            await using var quickstart = QuickstartProcess.Start("--checkpoints", folder.FullName);

            var (exitCode, _, errors) = await quickstart.EndAsync();

            Assert.Equal(1, exitCode);
            Assert.Contains("is not a whole checkpoint", errors, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
