using Orchestrator.Samples.Quickstart.Hosting;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class CommandLineTests
{
    [Fact]
    public void What_is_for_the_host_is_told_from_what_is_for_the_sample()
    {
        var line = CommandLine.Parse(
            ["--keep-running", "--urls", "http://127.0.0.1:5080", "--checkpoints", "here", "--Orchestrator:Heartbeats:MinInterval=00:00:05", "--A:B", "c=d"]);

        Assert.True(line.KeepRunning);
        Assert.False(line.Help);
        Assert.Equal("here", line.Checkpoints);
        Assert.Equal(["--urls=http://127.0.0.1:5080", "--Orchestrator:Heartbeats:MinInterval=00:00:05", "--A:B=c=d"], line.Host);
    }

    [Fact]
    public void Nothing_is_needed()
    {
        var line = CommandLine.Parse([]);

        Assert.Equal((null, false, false), (line.Checkpoints, line.KeepRunning, line.Help));
        Assert.Empty(line.Host);
    }

    [Theory]
    [InlineData("--checkpoints")]
    [InlineData("--urls")]
    [InlineData("--A:B")]
    [InlineData("--keep-running=no")]
    [InlineData("keep-running")]
    [InlineData("--unknown")]
    public void What_is_not_understood_is_refused(string argument) => Assert.Throws<FormatException>(() => CommandLine.Parse([argument]));
}
