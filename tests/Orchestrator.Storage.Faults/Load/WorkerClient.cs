using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>Claims runs, and takes each to its end: it beats, does what it is told, and completes.</summary>
internal sealed class WorkerClient(Fleet fleet, Ledger ledger, string name)
{
    private const int StepsPerBeat = 10;

    public async Task RunAsync()
    {
        for (var n = 1; !ledger.IsDone; n++)
        {
            var request = new JsonObject { ["worker_id"] = name, ["wait"] = 1 };
            var answer = await fleet.PostAsync("runs/claim", request, n % 2 == 0 ? $"claim-{name}-{n}" : null);
            if (answer.Succeeded().Status != HttpStatusCode.NoContent)
            {
                var claimed = answer.Body["run"]!;
                var (run, attempt) = (ledger.Run((string)claimed["id"]!), (long)claimed["attempt"]!);
                ledger.Note(() => run.Claims.Enqueue((attempt, name)));
                await WorkAsync(run, attempt);
            }
        }
    }

    private async Task WorkAsync(RunLedger run, long attempt)
    {
        var (status, step) = ("running", 0L);
        for (var beat = 1L; !await IsSettledAsync(run); beat++)
        {
            step += StepsPerBeat;
            await BeatAsync(run, attempt, beat, step, status);
            var next = await fleet.GetAsync($"runs/{run.Id}/commands/next?wait=1&attempt={attempt}");
            if (next.Succeeded().Status != HttpStatusCode.NoContent)
            {
                var command = next.Body;
                status = (string?)command["type"] switch { "pause" => "paused", "resume" => "running", _ => status };
                await AcknowledgeAsync(run, attempt, (string)command["id"]!, step);
            }
        }

        await CompleteAsync(run, attempt, step + 1);
    }

    private async ValueTask<bool> IsSettledAsync(RunLedger run)
    {
        if (!run.IsClosed)
        {
            return false;
        }

        var commands = (await fleet.GetAsync($"runs/{run.Id}/commands")).Succeeded().Body["commands"]!.AsArray();
        return commands.All(command => (string?)command!["status"] is not ("pending" or "delivered"));
    }

    private async Task BeatAsync(RunLedger run, long attempt, long beat, long step, string status)
    {
        var answer = await fleet.PostAsync($"runs/{run.Id}/heartbeat", new JsonObject
        {
            ["run_id"] = run.Id,
            ["attempt"] = attempt,
            ["beat"] = beat,
            ["status"] = status,
            ["step"] = step,
            ["samples_per_sec"] = 1,
            ["loss"] = 1.5,
            ["checkpoint_version"] = beat,
        });
        Assert.Equal(step, (long?)answer.Succeeded().Body["current_step"]);
        ledger.Note(() => run.Beaten(step));
    }

    private async Task AcknowledgeAsync(RunLedger run, long attempt, string command, long step)
    {
        Assert.DoesNotContain(command, run.Applied);
        var answer = await fleet.PostAsync(
            $"runs/{run.Id}/commands/{command}/ack",
            new JsonObject { ["outcome"] = "applied", ["attempt"] = attempt, ["step"] = step },
            step % 2 == 0 ? "ack-" + command : null);
        Assert.Equal("applied", (string?)answer.Succeeded().Body["status"]);
        ledger.Note(() => run.Applied.Enqueue(command));
    }

    private async Task CompleteAsync(RunLedger run, long attempt, long step)
    {
        var answer = await fleet.PostAsync($"runs/{run.Id}/transitions", new JsonObject
        {
            ["to_state"] = "completed",
            ["attempt"] = attempt,
            ["actor"] = new JsonObject { ["type"] = "system", ["id"] = name },
            ["final"] = new JsonObject { ["step"] = step },
        });
        Assert.Equal("completed", (string?)answer.Succeeded().Body["state"]);
        ledger.Note(() => run.Completed(step));
    }
}
