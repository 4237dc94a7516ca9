using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>In which order commands are obeyed, and when they are acknowledged.</summary>
public sealed class CommandTests
{
    private const string Trained = """
        asked = []
        with orchestrator.claim(url, "w1", options=options) as run:
            run.report(1, 1.0)
            while True:
                run.check_control(asked.append)
                time.sleep(0.01)
        print(asked)
        """;

    [Fact]
    public async Task Commands_that_wait_are_obeyed_in_the_order_of_their_acceptance()
    {
        await using var control = await StartAsync();
        control.Commands =
        [
            Command("e", 5, "terminate", """{"reason":"enough"}"""), Command("d", 4, "resume"), Command("c", 3, "pause"),
            Command("b", 2, "tune", """{"learning_rate":0.01}"""), Command("a", 1, "tune", """{"learning_rate":0.1}"""),
        ];
        await using var program = PythonProcess.Start(control.Api, Trained);

        Assert.Equal((0, "[{'learning_rate': 0.1}, {'learning_rate': 0.01}]", ""), await program.EndAsync());

        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.Equal(["a", "b", "c", "d", "e"], Acknowledged(control).Distinct());
    }

    [Fact]
    public async Task An_older_setting_that_comes_late_is_dropped_and_so_is_what_a_newer_tune_has_set()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("d", 4, "tune", """{"learning_rate":0.01}"""), Command("e", 5, "resume")];
        await using var program = PythonProcess.Start(control.Api, Trained);

        await control.UntilAsync(request => request.Path == "runs/r1/commands/e/ack");
        control.Commands =
        [
            Command("a", 1, "tune", """{"learning_rate":0.1,"notes":"text"}"""),
            Command("b", 2, "tune", """{"learning_rate":0.1,"entropy_coef":0.02}"""),
            Command("c", 3, "pause"),
        ];
        await control.UntilAsync(request => request.Path == "runs/r1/commands/b/ack");
        await control.HeartbeatsAsync(3);
        control.Commands = [Command("f", 6, "terminate", """{"reason":"enough"}""")];

        Assert.Equal((0, "[{'learning_rate': 0.01}, {'entropy_coef': 0.02}]", ""), await program.EndAsync());
        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.Equal(["d", "e", "b", "f"], Acknowledged(control).Distinct());
        Assert.DoesNotContain(control.Seen, request => (string?)request.Body["status"] == "paused");
    }

    [Fact]
    public async Task A_terminate_is_acknowledged_after_the_last_checkpoint_and_before_the_end()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "terminate", """{"reason":"enough","final_checkpoint":true}""")];
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
                try:
                    while True:
                        run.check_control()
                        time.sleep(0.01)
                except orchestrator.Terminated:
                    run.report(9, 1.0, checkpoint_version=1)  # the last checkpoint
                    raise
            """);

        Assert.Equal((0, "", ""), await program.EndAsync());

        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.Equal(["a"], Acknowledged(control).Distinct());
        Assert.Equal(("runs/r1/commands/a/ack", 9), (control.Seen[^2].Path, (int?)control.Seen[^2].Body["step"]));
    }

    [Fact]
    public async Task A_terminate_is_not_acknowledged_while_the_last_checkpoint_is_written()
    {
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "terminate", """{"reason":"enough","final_checkpoint":true}""")];
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
                try:
                    while True:
                        run.check_control()
                        time.sleep(0.01)
                except orchestrator.Terminated:
                    time.sleep(600)  # writes, until it is killed
            """);

        await control.UntilAsync(request => (string?)request.Body["status"] == "terminating");
        await control.HeartbeatsAsync(3);

        Assert.Empty(Acknowledged(control));
    }

    private static IEnumerable<string> Acknowledged(ScriptedControlPlane control) =>
        control.Seen.Where(request => request.Path.EndsWith("/ack", StringComparison.Ordinal)).Select(request => request.Path.Split('/')[3]);
}
