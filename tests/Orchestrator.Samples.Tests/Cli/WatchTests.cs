using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Cli;

[Collection(CliTests.Name)]
public sealed class WatchTests(CliServer server)
{
    [Fact]
    public async Task Watch_prints_a_line_for_each_change_and_ends_with_the_last_run()
    {
        await server.BeginAsync("watch-1");
        await server.BeginAsync("watch-2");
        await using var watch = server.Start("runs", "watch", "watch-1", "watch-2", "--interval", "0.05");
        await watch.LineAsync("watch-1 running healthy attempt=1 step=1 loss=0.5 samples/s=100");
        await watch.LineAsync("watch-2 running healthy attempt=1 step=1 ");

        await server.BeatAsync("watch-2", 7, "\"NaN\"");
        await watch.LineAsync("watch-2 running healthy attempt=1 step=7 loss=NaN ");
        await server.MoveAsync("watch-1", "completed");
        await watch.LineAsync("watch-1 completed ");
        await server.MoveAsync("watch-2", "completed");

        var (exitCode, output, errors) = await watch.EndAsync();
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.EndsWith("watch-2 completed healthy attempt=1 step=7 loss=NaN samples/s=100", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watched_run_that_failed_is_5_and_its_json_is_that_of_the_api()
    {
        await server.BeginAsync("watch-3");
        await server.MoveAsync("watch-3", "failed");

        var (exitCode, output, errors) = await server.RunAsync("runs", "watch", "watch-3", "--json");

        Assert.Equal((5, ""), (exitCode, errors));
        var expected = await server.GetAsync("runs/watch-3");
        expected.AsObject().Remove("launch_manifest");
        expected.AsObject().Remove("overrides");
        RunsTests.AssertSame(expected, output);
    }

    [Fact]
    public async Task Without_a_run_those_that_have_not_ended_are_watched_until_it_is_interrupted()
    {
        await server.BeginAsync("watch-4");
        await using var watch = server.Start("runs", "watch");
        await watch.LineAsync("watch-4 running ");

        watch.Terminate();

        Assert.Equal(130, (await watch.EndAsync()).ExitCode);
        await server.MoveAsync("watch-4", "completed");
    }

    [Fact]
    public async Task An_outage_of_the_server_is_told_once_and_outlasted()
    {
        await server.BeginAsync("watch-6");
        var (running, completed) = (await server.GetAsync("runs/watch-6"), await server.MoveAsync("watch-6", "completed"));
        var looks = 0;
        await using var stub = await StubServer.StartAsync(app => app.MapGet("/api/v1/runs/watch-6", (HttpContext context) =>
        {
            // Asked to come back so late, the client does not try again by itself.
            context.Response.Headers.RetryAfter = "3600";
            return ++looks switch
            {
                1 => Results.Json(running),
                2 or 3 => Results.Json(new { error = new { code = "store_unavailable", message = "The store is away." } }, statusCode: 503),
                _ => Results.Json(completed),
            };
        }));

        var (exitCode, output, errors) = await CliProcess.RunAsync(["runs", "watch", "watch-6", "--interval", "0.05", "--server", stub.Urls.Single()]);

        Assert.Equal((0, "The store is away."), (exitCode, errors.Trim()));
        Assert.Equal(["running", "completed"], output.Split('\n').Select(line => line.Split(' ')[3]));
    }

    [Fact]
    public async Task In_a_terminal_a_table_changes_in_its_place()
    {
        await server.BeginAsync("watch-5");
        await using var watch = StartInTerminal("runs", "watch", "watch-5", "--interval", "0.05");
        await watch.LineAsync("SAMPLES/S");

        await server.MoveAsync("watch-5", "completed");

        var (exitCode, output, _) = await watch.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("\e[1A", output, StringComparison.Ordinal);
        Assert.Contains("completed", output, StringComparison.Ordinal);
        Assert.EndsWith("\e[?25h", output.TrimEnd(), StringComparison.Ordinal);
    }

    /// <summary>A pseudo-terminal is what Python has at hand.</summary>
    private SampleProcess StartInTerminal(params string[] args)
    {
        const string spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        var command = SampleProcess.Describe("Orchestrator.Samples.Cli", "orchestrator", [.. args, "--server", server.Address.ToString()]);
        var start = new ProcessStartInfo("python3", ["-c", spawn, command.FileName, .. command.ArgumentList]);
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        return SampleProcess.Start(start);
    }
}
