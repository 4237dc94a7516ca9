namespace Orchestrator.Storage.Postgres.Tests;

/// <summary>The server that the tests run on.</summary>
internal static class Server
{
    private const string Variable = "ORCHESTRATOR_TEST_POSTGRES";

    /// <summary>How to connect to it. A test that has no server fails; none is skipped.</summary>
    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable(Variable)
        ?? throw new InvalidOperationException($"{Variable} does not name a server: run the tests through eng/storage.sh");
}
