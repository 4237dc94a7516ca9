using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>A worker that a scheduler starts for a certain run.</summary>
public sealed class AttachTests
{
    [Fact]
    public async Task A_queued_run_is_claimed_so_that_no_other_claim_gets_it()
    {
        await using var training = await ControlledTraining.StartAsync();
        await training.CreateRunAsync("r0"); // no other run is taken for it
        var program = training.Start("""
            with orchestrator.attach(url, "r1", "w1") as run:
                other = orchestrator.claim(url, "w2", wait=0)
                print(run.id, run.attempt, other.id, orchestrator.claim(url, "w3", wait=0))
                other.complete()
            """);

        Assert.Equal((0, "r1 1 r0 None", ""), await program.EndAsync());
        Assert.Equal(["queued", "provisioning", "running", "completed"], await training.PathAsync());
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(", (40, 2)", 40)]
    public async Task A_run_that_a_worker_reported_for_is_taken_in_a_new_attempt_and_the_worker_before_is_fenced(string resumeFrom, int? step)
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start($"""
            first = orchestrator.attach(url, "r1", "w1", options=options)
            first.report(40, 0.5, checkpoint_version=2, checkpoint_uri="two")
            while True:  # until the numbers were heard
                if first._sent is not None and first._sent.step == 40:
                    break
                time.sleep(0.01)
            with orchestrator.attach(url, "r1", "w2"{resumeFrom}) as run:
                print(run.attempt, run.step, run.resume_point.version, run.resume_point.step, run.resume_point.uri)
                try:
                    while True:
                        first.check_control()
                        time.sleep(0.01)
                except orchestrator.RunLost as lost:
                    print(lost.code)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, $"2 {step ?? 0} 2 40 two\nstale_attempt"), (exitCode, output));
        Assert.Equal(("completed", "w2"), ((string?)(await training.RunAsync())["state"], (string?)(await training.RunAsync())["worker_id"]));
    }

    [Fact]
    public async Task A_run_that_another_worker_claimed_and_did_not_report_for_is_taken_in_a_new_attempt()
    {
        await using var training = await ControlledTraining.StartAsync();
        await training.Server.PostAsync("api/v1/runs/claim", """{"worker_id":"w0"}""");
        var program = training.Start("""
            with orchestrator.attach(url, "r1", "w1") as run:
                print(run.attempt)
            """);

        Assert.Equal((0, "2", ""), await program.EndAsync());
    }

    [Fact]
    public async Task A_run_that_ended_is_lost()
    {
        await using var training = await ControlledTraining.StartAsync();
        var program = training.Start("""
            for _ in range(2):
                try:
                    with orchestrator.attach(url, "r1", "w1") as run:
                        pass
                except orchestrator.RunLost as lost:
                    print(lost.code)
            """);

        Assert.Equal((0, "run_ended", ""), await program.EndAsync());
    }

    [Fact]
    public async Task A_queued_run_that_this_worker_may_not_have_is_refused_in_the_words_of_the_control_plane()
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path switch
        {
            "runs/r1" => AnswerAsync(context, """{"id":"r1","attempt":1,"state":"queued","runtime_status":null}"""),
            "runs/claim" => RefuseAsync(context, 409, "invalid_state", message: "The run requires gpu: a100."),
            _ => Task.FromResult(false),
        };
        await using var program = PythonProcess.Start(control.Api, """
            orchestrator.attach(url, "r1", "w1")
            """);

        var (exitCode, _, errors) = await program.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("OrchestratorError: the control plane refused: 409 invalid_state: The run requires gpu: a100.", errors, StringComparison.Ordinal);
        var claim = (await control.RestAsync()).First(request => request.Path == "runs/claim");
        Assert.Equal("r1", (string?)claim.Body["run_id"]);
    }

    [Fact]
    public async Task A_run_that_is_lost_before_the_first_heartbeat_raises_that()
    {
        await using var control = await StartAsync();
        control.Script = (context, request) => request.Path switch
        {
            "runs/r1" => AnswerAsync(context, """{"id":"r1","attempt":1,"state":"queued","runtime_status":null}"""),
            "runs/r1/heartbeat" => RefuseAsync(context, 409, "stale_attempt"),
            _ => Task.FromResult(false),
        };
        await using var program = PythonProcess.Start(control.Api, """
            try:
                orchestrator.attach(url, "r1", "w1")
            except orchestrator.RunLost as lost:
                print(lost.code)
            """);

        Assert.Equal((0, "stale_attempt", ""), await program.EndAsync());
    }
}
