using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Samples.Tests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("Required command was not provided.")]
    [InlineData("Unrecognized command or argument 'dance'.", "dance")]
    [InlineData("'a/b' must be the id of a run", "runs", "show", "a/b")]
    [InlineData("'limping' must be one of queued, provisioning, running", "runs", "list", "--state", "limping")]
    [InlineData("'team' must be a label", "runs", "list", "--label", "team")]
    [InlineData("'0' must be a number from 1", "runs", "list", "--limit", "0")]
    [InlineData("'run.danced' must be one of run.created", "events", "--type", "run.danced")]
    [InlineData("'rate=fast' must be a name and a number", "tune", "r1", "rate=fast")]
    [InlineData("'rate=NaN' must be a name and a number", "tune", "r1", "rate=NaN")]
    [InlineData("Required argument missing", "tune", "r1")]
    [InlineData("Option '--reason' is required.", "terminate", "r1")]
    [InlineData("--timeout is of no use without --wait.", "pause", "r1", "--timeout", "5")]
    [InlineData("'soon' must be a number of seconds", "pause", "r1", "--wait", "--timeout", "soon")]
    [InlineData("'later' must be a time", "pause", "r1", "--expires-at", "later")]
    [InlineData("'rate' is given twice.", "tune", "r1", "rate=1", "rate=2")]
    [InlineData("'ftp://host' must be an http or https address", "runs", "list", "--server", "ftp://host")]
    [InlineData("'http://host/api v1' must be an http or https address", "runs", "list", "--server", "http://host/api v1")]
    [InlineData("The address must have no user name", "runs", "list", "--server", "http://ada:secret@host/")]
    public async Task Bad_usage_is_2_and_says_what_is_wrong(string message, params string[] args)
    {
        var (exitCode, output, errors) = await CliProcess.RunAsync(args);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Matches("See 'orchestrator.* --help'", errors);
    }

    [Fact]
    public async Task An_address_of_the_environment_that_makes_no_sense_is_2()
    {
        var (exitCode, _, errors) = await CliProcess.RunAsync(["runs", "list"], ("ORCHESTRATOR_URL", "nowhere"));

        Assert.Equal(2, exitCode);
        Assert.StartsWith("'nowhere' must be an http or https address", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("se cret")]
    [InlineData("se\ncret")]
    [InlineData("secr\u00e9t")]
    public async Task A_token_that_no_header_can_carry_is_2_and_not_quoted(string token)
    {
        var (exitCode, output, errors) = await CliProcess.RunAsync(["runs", "list"], ("ORCHESTRATOR_TOKEN", token));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal("ORCHESTRATOR_TOKEN must be one line of printable ASCII without blanks.", errors.TrimEnd());
    }

    [Fact]
    public async Task Blanks_around_the_token_and_the_address_are_trimmed()
    {
        string? seen = null;
        await using var server = await StubServer.StartAsync(app => app.MapGet("/api/v1/runs", (HttpContext context) =>
        {
            seen = context.Request.Headers.Authorization;
            return Results.Json(new { runs = Array.Empty<string>() });
        }));

        var (exitCode, _, errors) = await CliProcess.RunAsync(
            ["runs", "list"], ("ORCHESTRATOR_URL", $" {server.Urls.Single()}\r\n"), ("ORCHESTRATOR_TOKEN", " secret\n"));

        Assert.Equal((0, "", "Bearer secret"), (exitCode, errors, seen));
    }

    [Fact]
    public async Task Help_tells_the_exit_codes()
    {
        var (exitCode, output, errors) = await CliProcess.RunAsync(["--help"]);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("orchestrator [command] [options]", output, StringComparison.Ordinal);
        Assert.Contains("5    not done", output, StringComparison.Ordinal);
    }
}
