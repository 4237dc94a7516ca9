using System.Diagnostics;
using System.Net.Http.Json;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>A host that is a process of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;

    private HostProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts a host and waits until it listens.</summary>
    public static async Task<HostProcess> StartAsync(params string[] args)
    {
        var process = ChildProcess.Start(HostVerb.Name, args, serverGc: true);
        try
        {
            var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The host '{string.Join(' ', args)}' did not start.");
            return new HostProcess(process, new Uri(address));
        }
        catch
        {
            await ChildProcess.EndAsync(process);
            throw;
        }
    }

    /// <summary>What the host takes, once its garbage is collected.</summary>
    public async Task<HostFacts> FactsAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        return (await http.GetFromJsonAsync(HostFacts.Path, HostJson.Default.HostFacts))!;
    }

    public async ValueTask DisposeAsync() => await ChildProcess.EndAsync(_process);
}
