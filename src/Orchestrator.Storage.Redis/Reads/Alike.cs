namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Runs that stand alike, as the scripts count them: by state and health.</summary>
internal static class Alike
{
    public static RunCount Parse(string alike, long count) =>
        alike.Split(':') is [var state, var health] && RunStates.TryParse(state, out var where) && HealthStatuses.TryParse(health, out var how)
            ? new RunCount(where, how, count)
            : throw new FormatException($"runs are counted as the unknown '{alike}'");
}
