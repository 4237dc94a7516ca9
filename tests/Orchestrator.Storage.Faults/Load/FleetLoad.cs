using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>Operators and workers that keep the hosts busy, and the ledger of what they were told.</summary>
internal sealed class FleetLoad : IDisposable
{
    private const int Pairs = 5;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _operators;
    private readonly List<Task> _workers;

    public FleetLoad(Fleet fleet)
    {
        _operators = [.. Enumerable.Range(1, Pairs).Select(n => new OperatorClient(fleet, Ledger, $"operator-{n}").RunAsync(_stop.Token))];
        _workers = [.. Enumerable.Range(1, Pairs).Select(n => new WorkerClient(fleet, Ledger, $"worker-{n}").RunAsync())];
    }

    public Ledger Ledger { get; } = new();

    /// <summary>Waits until so many further calls were acknowledged.</summary>
    public async Task GoOnAsync(int calls = 50)
    {
        var target = Ledger.Acknowledged + calls;
        await Eventually.HoldsAsync("calls are acknowledged", async () =>
        {
            foreach (var failed in _operators.Concat(_workers).Where(client => client.IsFaulted))
            {
                await failed;
            }

            return Ledger.Acknowledged >= target;
        });
    }

    /// <summary>Lets every run that was begun come to its end.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_operators).WaitAsync(Eventually.Patience);
        Ledger.IsClosed = true;
        await Task.WhenAll(_workers).WaitAsync(Eventually.Patience);
    }

    public void Dispose() => _stop.Dispose();
}
