using System.Diagnostics;

namespace Orchestrator.Storage.Redis.Tests.Faults.Servers;

/// <summary>The programs of Redis on this machine.</summary>
internal static class RedisPrograms
{
    private const string Folder = "ORCHESTRATOR_TEST_REDIS_BIN";

    /// <summary>Starts one, such as <c>redis-cli</c>, whose output is to be read. That a server is away, it need not say.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        var folder = Environment.GetEnvironmentVariable(Folder)
            ?? throw new InvalidOperationException($"{Folder} does not name a folder: run the tests through eng/storage.sh");
        return Process.Start(new ProcessStartInfo(Path.Combine(folder, program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
