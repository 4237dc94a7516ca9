using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Ends;

/// <summary>Executes the cases on one server, several at a time.</summary>
public sealed class EndsOfAllWorkers : IAsyncLifetime
{
    private const int AtATime = 4;

    private readonly SemaphoreSlim _places = new(AtATime);
    private readonly Dictionary<EndsCell, Task<WorkerEnd>> _ends = [];
    private ServerProcess? _server;

    /// <summary>What the end of a case left.</summary>
    internal Task<WorkerEnd> EndOfAsync(EndsCell cell) => _ends[cell];

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync("--Orchestrator:Heartbeats:MinInterval=00:00:00");
        foreach (var (cell, @case) in EndsCases.All)
        {
            _ends.Add(cell, ExecuteAsync(cell, @case));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_ends.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        _places.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private async Task<WorkerEnd> ExecuteAsync(EndsCell cell, EndsCase @case)
    {
        await _places.WaitAsync();
        try
        {
            await using var worker = await EndsWorker.StartAsync(_server!, cell, @case);
            return await worker.EndAsync();
        }
        finally
        {
            _places.Release();
        }
    }
}
