using System.Diagnostics;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>A process of this program with another verb. It ends with us at the latest where it reads our end of its input.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Process Start(string verb, IEnumerable<string> args)
    {
        var program = Environment.ProcessPath!;
        string[] prefix = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ChildProcess).Assembly.Location, verb] : [verb];
        return Process.Start(new ProcessStartInfo(program, [.. prefix, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Ends it, in peace where it can.</summary>
    public static async Task EndAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }
    }
}
