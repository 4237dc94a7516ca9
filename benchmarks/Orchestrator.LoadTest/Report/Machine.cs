using System.Diagnostics;
using System.Runtime.InteropServices;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Report;

/// <summary>Where and of what a report is.</summary>
internal sealed record Machine
{
    public required string Cpu { get; init; }

    public required int Cores { get; init; }

    public required double MemoryGiB { get; init; }

    public required string Os { get; init; }

    public required string Runtime { get; init; }

    /// <summary>What waited for a core before the first scenario: figures of a busy machine are none.</summary>
    public required string LoadAverage { get; init; }

    public required string Commit { get; init; }

    /// <summary>The versions of the servers, by the names of the stores.</summary>
    public required IReadOnlyDictionary<string, string> Servers { get; init; }

    public static async Task<Machine> ThisAsync()
    {
        var servers = new Dictionary<string, string>();
        foreach (var store in Store.All.Where(store => store is { Variable: not null, Missing: null }))
        {
            servers[store.Name] = await store.VersionAsync();
        }

        return new Machine
        {
            Cpu = FirstLine("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Cores = Environment.ProcessorCount,
            MemoryGiB = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
            Os = RuntimeInformation.OSDescription,
            Runtime = $"{RuntimeInformation.FrameworkDescription}, server GC in hosts, workstation GC in process",
            LoadAverage = FirstLine("/proc/loadavg", "")?.Split(' ')[0] ?? "unknown",
            Commit = await CommitAsync(),
            Servers = servers,
        };
    }

    private static string? FirstLine(string file, string begin) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(begin, StringComparison.Ordinal))?.Split(':')[^1].Trim()
        : null;

    private static async Task<string> CommitAsync()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        })!;
        var commit = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        return git.ExitCode == 0 ? commit.Trim() : "unknown";
    }
}
