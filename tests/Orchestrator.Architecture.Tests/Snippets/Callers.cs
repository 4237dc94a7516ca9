using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Callers
{
    public static async Task<RunId> CreateAsync(IServiceProvider services)
    {
        // <create>
        var orchestrator = services.GetRequiredService<IOrchestrator>();
        var created = await orchestrator.Runs.CreateAsync(new NewRun
        {
            ExperimentId = ExperimentId.Parse("iris"),
            VersionId = VersionId.Parse("v1"),
        });

        var run = created.Value.Value; // throws RefusedException if the request was refused
        // </create>
        return run.Id;
    }

    public static async Task PauseAsync(IOrchestrator orchestrator, RunId runId)
    {
        // <pause>
        var pause = NewCommand.Pause(new Actor(ActorType.Operator, "ada"));
        var paused = await orchestrator.Commands.EnqueueAsync(runId, pause);
        if (!paused.TryGet(out var receipt, out var refusal))
        {
            Console.WriteLine($"{refusal.Code.ToWireName()}: {refusal.Message}"); // a refusal is a value
        }
        // </pause>
    }

    public static async Task WorkAsync(HttpClient http)
    {
        // <worker>
        // http.BaseAddress is http://localhost:5000/api/v1/
        var worker_id = $"{Environment.MachineName}-{Environment.ProcessId}"; // no other worker may have the same
        using var claimed = await http.PostAsJsonAsync("runs/claim", new { worker_id, wait = 30 });
        if (claimed.StatusCode == HttpStatusCode.NoContent)
        {
            return; // nothing is queued
        }

        var claim = await claimed.Content.ReadFromJsonAsync<JsonElement>();
        var (run_id, attempt) = (claim.GetProperty("run").GetProperty("id").GetString(), claim.GetProperty("run").GetProperty("attempt").GetInt32());
        var claim_id = claim.GetProperty("claim_id").GetString();

        // While it trains, at most every 5 s:
        var heartbeat = new { run_id, attempt, claim_id, status = "running", step = 100, samples_per_sec = 512.0, loss = 0.25, checkpoint_version = 1 };
        using var answer = await http.PostAsJsonAsync($"runs/{run_id}/heartbeat?commands=4", heartbeat);
        foreach (var command in (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("commands").EnumerateArray())
        {
            // Do what command.type asks, then say so.
            await http.PostAsJsonAsync($"runs/{run_id}/commands/{command.GetProperty("id")}/ack", new { outcome = "applied", attempt, claim_id });
        }

        // At the end:
        var actor = new { type = "system", id = worker_id };
        await http.PostAsJsonAsync($"runs/{run_id}/transitions", new { to_state = "completed", attempt, claim_id, actor });
        // </worker>
    }
}
