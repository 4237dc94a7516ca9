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
        control.Commands = [Command("a", "tune", """{"learning_rate":0.1}""")];
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
        await using var program = PythonProcess.Start(control, """
            asked = []
            with orchestrator.claim(url, "w1", options=options) as run:
                run.report(1, 1.0, 1.0, 0)
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
}
