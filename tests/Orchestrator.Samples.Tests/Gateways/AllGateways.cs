using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>Executes the rows on one server, several at a time.</summary>
public sealed class AllGateways : IAsyncLifetime
{
    private const int AtATime = 6;

    private readonly SemaphoreSlim _places = new(AtATime);
    private readonly Dictionary<(string Row, string Client, string Moment), Task<IReadOnlyDictionary<string, string>>> _words = [];
    private ServerProcess? _server;

    /// <summary>What a worker did, in the words of the table.</summary>
    internal async Task<string> WordsOfAsync(GatewayCell cell) => (await _words[(cell.Row, cell.Client, cell.Moment)])[cell.Moment];

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync("--Orchestrator:Heartbeats:MinInterval=00:00:00", "--Orchestrator:Commands:RedeliveryTimeout=00:00:01");
        foreach (var behaviour in GatewayBehaviour.All)
        {
            foreach (var client in behaviour.Clients)
            {
                Begin(behaviour, client, [Moments.Claim, Moments.EndForever], GatewayCells.ClaimAndLoseTheEndAsync);
                Begin(behaviour, client, [Moments.Heartbeat, Moments.Poll, Moments.Acknowledgement, Moments.End], GatewayCells.TrainAndEndAsync);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_words.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        _places.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private void Begin(
        GatewayBehaviour behaviour,
        string client,
        string[] moments,
        Func<ServerProcess, GatewayBehaviour, string, Task<IReadOnlyDictionary<string, string>>> executeAsync)
    {
        var words = ExecuteAsync();
        foreach (var moment in moments)
        {
            _words.Add((behaviour.Row, client, moment), words);
        }

        async Task<IReadOnlyDictionary<string, string>> ExecuteAsync()
        {
            if (!behaviour.IsSlow)
            {
                await _places.WaitAsync();
            }

            try
            {
                return await executeAsync(_server!, behaviour, client);
            }
            finally
            {
                if (!behaviour.IsSlow)
                {
                    _places.Release();
                }
            }
        }
    }
}
