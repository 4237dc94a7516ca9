using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Storage.Faults.Machine;

/// <summary>The processes of this machine.</summary>
internal static class ProcessTable
{
    private const string Folder = "/proc";

    /// <summary>The processes that a process has started, as far as they still run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent) =>
        [.. Directory.EnumerateDirectories(Folder).Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Select(int.Parse!).Where(id => ParentOf(id) == parent)];

    public static async Task SignalAsync(string signal, IEnumerable<int> processes)
    {
        using var kill = Process.Start("kill", ["-" + signal, .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }

    // PID (COMMAND) STATE PARENT …, where the command may hold anything.
    private static int ParentOf(int id)
    {
        try
        {
            var status = File.ReadAllText($"{Folder}/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }
}
