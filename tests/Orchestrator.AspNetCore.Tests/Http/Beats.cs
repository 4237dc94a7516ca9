using System.Text.Json.Nodes;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Heartbeat bodies.</summary>
internal static class Beats
{
    /// <summary>A valid heartbeat, with members set (raw JSON) or, by a value of <see langword="null"/>, left out.</summary>
    public static string Valid(string run = "r1", params (string Member, string? Json)[] changes)
    {
        var body = new JsonObject
        {
            ["run_id"] = run,
            ["status"] = "running",
            ["step"] = 10,
            ["samples_per_sec"] = 1.5,
            ["loss"] = 0.25,
            ["checkpoint_version"] = 2,
        };
        var raw = body.ToDictionary(member => member.Key, member => member.Value!.ToJsonString());
        foreach (var (member, json) in changes)
        {
            if (json is null)
            {
                raw.Remove(member);
            }
            else
            {
                raw[member] = json;
            }
        }

        return "{" + string.Join(",", raw.Select(member => $"\"{member.Key}\":{member.Value}")) + "}";
    }
}
