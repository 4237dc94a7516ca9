using Microsoft.AspNetCore.Http;
using static Orchestrator.Samples.Tests.Python.ScriptedControlPlane;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>Answers that are not the control plane's, or not the whole of one.</summary>
public sealed class GatewayTests
{
    [Theory]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(405)]
    public async Task A_refusal_without_a_code_is_of_what_stands_between_and_the_call_is_made_again(int status)
    {
        var refused = new HashSet<string>();
        await using var control = await StartAsync();
        control.Commands = [Command("a", 1, "tune", """{"learning_rate":0.1}""")];
        control.Script = async (context, request) =>
        {
            if (request.Path is not ("runs/r1/commands/a/ack" or "runs/r1/transitions") || !refused.Add(request.Path))
            {
                return false;
            }

            context.Response.StatusCode = status;
            await context.Response.WriteAsync("<html></html>");
            return true;
        };
        await using var program = PythonProcess.Start(control.Api, """
            asked = []
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0)
                while not asked:
                    run.check_control(asked.append)
                    time.sleep(0.01)
            print(run.outcome)
            """);

        var (exitCode, output, _) = await program.EndAsync();

        Assert.Equal((0, "completed"), (exitCode, output));
        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
        Assert.InRange(control.Seen.Count(request => request.Path == "runs/r1/commands/a/ack"), 2, int.MaxValue);
        await control.UntilAsync(request => request.Path == "runs/r1/transitions");
    }

    [Theory]
    [InlineData(0, "the answer is no run")]
    [InlineData(500, "IncompleteRead")]
    public async Task An_answer_that_breaks_off_before_its_body_is_none_and_the_run_is_taken_with_its_new_attempt(int length, string fault)
    {
        var asked = 0;
        await using var control = await StartAsync();
        control.Script = async (context, request) =>
        {
            // The run, cut off; the run; a new attempt, cut off; the run in that attempt, which is claimed.
            var answer = request.Path switch
            {
                "runs/claim" => """{"run":{"id":"r1","attempt":2},"claim_id":"c2"}""",
                "runs/r1" or "runs/r1/attempts" => ++asked switch
                {
                    2 => """{"id":"r1","attempt":1,"state":"running","runtime_status":"running"}""",
                    4 => """{"id":"r1","attempt":2,"state":"provisioning","runtime_status":null}""",
                    _ => "",
                },
                _ => null,
            };
            if (answer is "")
            {
                context.Response.ContentLength = length;
                await context.Response.StartAsync();
            }
            else if (answer is not null)
            {
                await context.Response.WriteAsync(answer);
            }

            return answer is not null;
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.attach(url, "r1", "w1") as run:
                print("attempt", run.attempt)
            """);

        var (exitCode, output, errors) = await program.EndAsync();

        Assert.Equal((0, "attempt 2"), (exitCode, output));
        Assert.Contains(fault, errors, StringComparison.Ordinal);
        Assert.Equal(
            ["runs/r1", "runs/r1", "runs/r1/attempts", "runs/r1", "runs/claim", "runs/r1/heartbeat", "runs/r1/transitions"],
            (await control.RestAsync()).Select(request => request.Path));
    }

    [Fact]
    public async Task An_answer_that_begins_with_a_byte_order_mark_is_read()
    {
        await using var control = await StartAsync();
        control.Script = async (context, request) => request.Path == "runs/claim"
            && await AnswerAsync(context, "\uFEFF{\"run\":{\"id\":\"r1\",\"attempt\":1},\"claim_id\":\"c1\"}");
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1") as run:
                print(run.id)
            """);

        Assert.Equal((0, "r1", ""), await program.EndAsync());
    }

    [Fact]
    public async Task An_answer_to_a_claim_that_is_no_run_is_asked_again()
    {
        var asked = 0;
        await using var control = await StartAsync();
        control.Script = async (context, request) =>
        {
            var isNone = request.Path == "runs/claim" && asked++ == 0;
            if (isNone)
            {
                await context.Response.WriteAsync("""{"run":{"status":"ok"}}""");
            }

            return isNone;
        };
        await using var program = PythonProcess.Start(control.Api, """
            with orchestrator.claim(url, "w1") as run:
                print(run.id)
            """);

        var (exitCode, output, errors) = await program.EndAsync();

        Assert.Equal((0, "r1"), (exitCode, output));
        Assert.Contains("the answer is no run", errors, StringComparison.Ordinal);
    }
}
