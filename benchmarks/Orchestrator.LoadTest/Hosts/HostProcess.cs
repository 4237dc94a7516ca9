using System.Diagnostics;
using System.Net.Http.Json;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>A host that is a process of its own: this program again, with the verb <c>host</c>. It ends with us at the latest, since it reads our end of its input.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private HostProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts a host and waits until it listens.</summary>
    public static async Task<HostProcess> StartAsync(params string[] args)
    {
        var program = Environment.ProcessPath!;
        var assembly = typeof(HostProcess).Assembly.Location;
        string[] prefix = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [assembly] : [];
        var process = Process.Start(new ProcessStartInfo(program, [.. prefix, HostVerb.Name, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The host '{string.Join(' ', args)}' did not start.");
            return new HostProcess(process, new Uri(address));
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>What the host takes, once its garbage is collected.</summary>
    public async Task<HostFacts> FactsAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        return (await http.GetFromJsonAsync(HostFacts.Path, HostJson.Default.HostFacts))!;
    }

    public async ValueTask DisposeAsync() => await EndAsync(_process);

    private static async Task EndAsync(Process process)
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
