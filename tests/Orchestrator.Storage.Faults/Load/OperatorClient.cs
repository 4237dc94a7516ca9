using System.Text.Json.Nodes;
using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>Creates runs and gives each some commands; half of it by ids, half by idempotency keys.</summary>
internal sealed class OperatorClient(Fleet fleet, Ledger ledger, string name)
{
    // Each fits the state that those before it lead to.
    private static readonly string[] Plan = ["tune", "tune", "pause", "tune", "resume", "tune"];

    public async Task RunAsync(CancellationToken stop)
    {
        for (var n = 1; !stop.IsCancellationRequested; n++)
        {
            var run = await CreateAsync($"{name}-{n}", hasId: n % 2 == 0);
            await run.IsRunning.WaitAsync(Eventually.Patience, CancellationToken.None);
            for (var i = 0; i < Plan.Length; i++)
            {
                await GiveAsync(run, Plan[i], $"{run.Id}-{i}", hasId: (n + i) % 2 == 0);
            }

            run.IsClosed = true;
        }
    }

    private async Task<RunLedger> CreateAsync(string id, bool hasId)
    {
        var request = new JsonObject { ["experiment_id"] = "faults", ["version_id"] = "v1", ["launch_manifest"] = new JsonObject { ["of"] = id } };
        if (hasId)
        {
            request["id"] = id;
        }

        var answer = await fleet.PostAsync("runs", request, hasId ? null : "create-" + id);
        var run = ledger.Run((string)answer.Succeeded().Body["id"]!);
        ledger.Note(() => { });
        return run;
    }

    private async Task GiveAsync(RunLedger run, string type, string id, bool hasId)
    {
        var request = new JsonObject { ["type"] = type, ["actor"] = new JsonObject { ["type"] = "operator", ["id"] = name } };
        if (type == "tune")
        {
            request["payload"] = new JsonObject { ["learning_rate"] = 0.5 };
        }

        if (hasId)
        {
            request["id"] = id;
        }

        var answer = await fleet.PostAsync($"runs/{run.Id}/commands", request, hasId ? null : "give-" + id);
        ledger.Note(() => run.Accepted.Enqueue((string)answer.Succeeded().Body["id"]!));
    }
}
