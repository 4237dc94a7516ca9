using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Orchestrator.LoadTest.Http;
using Orchestrator.LoadTest.Report;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>The sample server as its users start it.</summary>
internal static class SampleServer
{
    private const string Name = "Orchestrator.Samples.Server";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The command that starts the one that was built with this program.</summary>
    public static string[] JustInTime()
    {
        // Every project builds into its own folder beside ours, in the same configuration.
        var ours = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return ["dotnet", Path.Combine(ours.Parent!.Parent!.FullName, Name, ours.Name, Name + ".dll")];
    }

    /// <summary>Compiles it ahead of time, which takes minutes.</summary>
    /// <returns>The command that starts it, or, where the machine cannot, why.</returns>
    public static async Task<(string[]? Command, string? Fault)> AheadOfTimeAsync(CancellationToken stop)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "load-test", "aot");
        string[] publish = ["publish", $"samples/{Name}", "-c", "Release", "-p:PublishAot=true", "--artifacts-path", Path.Combine(folder, "build"), "-o", Path.Combine(folder, "server"), "--nologo", "-v", "q"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", publish) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true })!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return process.ExitCode == 0 ? ([Path.Combine(folder, "server", Name)], null) : (null, "it does not compile here: " + FirstError(output));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>How long it takes from the start of the process to the first answer.</summary>
    public static async Task<double> MeasureStartAsync(string[] command, CancellationToken stop)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(command[0], [.. command[1..], "--urls", address.ToString()]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            await AnswerAsync(address, process, begin, stop);
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>The text of the first error, without the files of this machine that stand around it.</summary>
    private static string FirstError(string output)
    {
        var line = output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? "without an error that is told";
        return line[Math.Max(0, line.IndexOf("error", StringComparison.Ordinal))..].Split(" [")[0].Trim();
    }

    private static async Task AnswerAsync(Uri address, Process process, long begin, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                using var connection = await HttpConnection.OpenAsync(address);
                await connection.SendAsync(Requests.Get($"{Requests.Prefix}/runs"), expected: 200);
                return;
            }
            catch (SocketException fault)
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(begin) > Patience)
                {
                    throw new InvalidOperationException("The sample server does not answer.", fault);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(2), stop);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
