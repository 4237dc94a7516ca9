using Orchestrator.Samples.Tests.Processes;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>What signals do to a run and to its process.</summary>
public sealed class SignalTests
{
    private const int KilledBySigterm = 128 + 15;

    [Fact]
    public async Task A_sigterm_after_the_last_step_ends_the_process_once_the_end_is_told()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import signal
            while True:
                with orchestrator.claim(url, "w1") as run:
                    run.report(1, 1.0)
                    signal.raise_signal(signal.SIGTERM)
            """);

        Assert.Equal(KilledBySigterm, (await program.EndAsync()).ExitCode);

        var end = await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.Equal("completed", (string?)end.Body["to_state"]);
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
                run.report(1, 1.0)
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
                run.report(1, 1.0)
                signal.raise_signal(signal.SIGTERM)
                run.check_control()
            print(run.outcome, run.interrupted)
            """);

        Assert.Equal((0, "handed_back True", ""), await program.EndAsync());
    }

    [Fact]
    public async Task An_exception_that_comes_just_before_the_sigterm_that_caused_it_hands_the_run_back()
    {
        // A service manager ends the whole process group, and a child that loads data dies first.
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import os, signal, threading
            with orchestrator.claim(url, "w1") as run:
                run.report(1, 1.0)
                threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
                raise RuntimeError("DataLoader worker exited unexpectedly")
            """);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("RuntimeError", errors, StringComparison.Ordinal);
        Assert.Equal("queued", (string?)Assert.Single(await control.RestAsync(), request => request.Path == "runs/r1/transitions").Body["to_state"]);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", KilledBySigterm)]
    public async Task A_second_signal_while_the_run_is_handed_back_ends_the_process(string signal, int exit)
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path == "runs/r1/transitions" ? RefuseAsync(context, 503, "store_unavailable") : Task.FromResult(false);
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1", options=options) as run:
                while True:
                    run.check_control()
                    time.sleep(0.01)
            """);
        await control.HeartbeatsAsync(2);

        program.Signal(signal);
        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        program.Signal(signal);

        // Without the second one it would hand back for 20 s.
        Assert.Equal(exit, (await program.EndAsync()).ExitCode);
        Assert.InRange((await control.RestAsync()).Count(request => request.Path == "runs/r1/transitions"), 1, 4);
    }

    [Fact]
    public async Task A_handler_that_was_installed_during_the_run_stays_and_may_pass_signals_on_after_it()
    {
        await using var control = await StartAsync();
        await using var program = PythonProcess.Start(control.Api, """
            import signal
            signal.signal(signal.SIGTERM, lambda *_: print("before"))
            with orchestrator.claim(url, "w1") as run:
                ours = signal.getsignal(signal.SIGTERM)
                signal.signal(signal.SIGTERM, lambda *given: (print("framework"), ours(*given)))
            signal.raise_signal(signal.SIGTERM)
            print(run.outcome, run.interrupted)
            """);

        Assert.Equal((0, "framework\nbefore\ncompleted False", ""), await program.EndAsync());
    }
}
