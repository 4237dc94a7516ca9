namespace Orchestrator.Storage.Redis.Tests;

/// <summary>The servers that the tests run on. A test that has none fails; none is skipped.</summary>
internal static class Server
{
    /// <summary>How to reach the single node.</summary>
    public static string Node { get; } = Find("ORCHESTRATOR_TEST_REDIS");

    /// <summary>How to reach the cluster.</summary>
    public static string Cluster { get; } = Find("ORCHESTRATOR_TEST_REDIS_CLUSTER");

    private static string Find(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"{variable} does not name a server: run the tests through eng/storage.sh");
}
