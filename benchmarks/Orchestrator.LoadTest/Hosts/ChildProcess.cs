using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>A process of this program with another verb. It ends with us at the latest where it reads our end of its input.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="verb">What it does.</param>
    /// <param name="args">The arguments of the verb.</param>
    /// <param name="inline">Whether what waits for a socket goes on in the thread that sees that it is ready, as is right for a load generator and for nothing else.</param>
    /// <param name="serverGc">Whether it collects garbage as a server does, as every project of the Web SDK has it by default; this program is none.</param>
    public static Process Start(string verb, IEnumerable<string> args, bool inline = false, bool serverGc = false)
    {
        var program = Environment.ProcessPath!;
        string[] prefix = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ChildProcess).Assembly.Location, verb] : [verb];
        var start = new ProcessStartInfo(program, [.. prefix, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = inline ? "1" : "0";
        start.Environment["DOTNET_gcServer"] = serverGc ? "1" : "0";
        return Process.Start(start)!;
    }

    /// <summary>An interrupt from the keyboard goes to every process of a terminal: a child lives on until its parent has done with it.</summary>
    public static IDisposable IgnoreInterrupts() => PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

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
