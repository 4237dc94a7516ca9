using Orchestrator.Samples.Tests.Processes;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>What a signal does that nobody looks for any more.</summary>
public sealed class SignalTests
{
    private const int KilledBySigterm = 128 + 15;

    [Theory]
    [InlineData("", "completed")]
    [InlineData("1 / 0", "failed")]
    public async Task A_sigterm_after_the_last_step_ends_the_process_once_the_end_is_told(string last, string state)
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, $"""
            import signal
            while True:
                with orchestrator.claim(url, "w1") as run:
                    run.report(1, 1.0, 1.0, 0)
                    signal.raise_signal(signal.SIGTERM)
                    {last}
            """);

        Assert.Equal(KilledBySigterm, (await program.EndAsync()).ExitCode);

        var end = await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.Equal(state, (string?)end.Body["to_state"]);
        Assert.Single(control.Seen, request => request.Path == "runs/claim");
    }

    [Fact]
    public async Task A_sigterm_while_the_end_is_told_goes_to_who_took_it_before_the_run()
    {
        var started = new TaskCompletionSource<SampleProcess>();
        await using var control = await StartAsync();
        control.Script = async (_, request) =>
        {
            if (request.Path == "runs/r1/transitions")
            {
                (await started.Task).Terminate();
            }

            return false;
        };
        await using var program = PythonProcess.Start(control.Api, """
            import signal
            signal.signal(signal.SIGTERM, lambda *_: print("taken"))
            with orchestrator.claim(url, "w1") as run:
                run.report(1, 1.0, 1.0, 0)
            print(run.outcome)
            """);
        started.SetResult(program);

        Assert.Equal((0, "taken\ncompleted", ""), await program.EndAsync());
    }

    [Fact]
    public async Task A_sigterm_that_the_loop_was_told_of_is_not_raised_again()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import signal
            with orchestrator.claim(url, "w1") as run:
                run.report(1, 1.0, 1.0, 0)
                signal.raise_signal(signal.SIGTERM)
                run.check_control()
            print(run.outcome, run.interrupted)
            """);

        Assert.Equal((0, "handed_back True", ""), await program.EndAsync());
    }
}
