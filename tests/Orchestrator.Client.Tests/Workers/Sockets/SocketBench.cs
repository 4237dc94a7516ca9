using Microsoft.Extensions.DependencyInjection;
using Orchestrator.FaultProxy;
using Orchestrator.Storage;

namespace Orchestrator.Client.Tests.Workers.Sockets;

/// <summary>A server, a bad line to it, and a worker at its other end, in real time: the intervals are short, and nothing waits for one to be over.</summary>
internal sealed class SocketBench : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryRunStore _store = new(TimeProvider.System);
    private readonly HttpClient _http = new();
    private readonly List<Trained> _trainings = [];
    private TestServer _server = null!;

    public Proxy Line { get; private set; } = null!;

    public OrchestratorClient Client { get; private set; } = null!;

    /// <summary>The orchestrator in process, for whoever looks at it past the line.</summary>
    public IOrchestrator Engine => _server.InProcess;

    public WorkerRunOptions Options { get; } = new()
    {
        Interval = TimeSpan.FromMilliseconds(100),
        CommandWait = TimeSpan.FromSeconds(5),
        CallTimeout = TimeSpan.FromSeconds(2),
    };

    public static async Task<SocketBench> StartAsync()
    {
        var bench = new SocketBench();
        bench._server = await StartServerAsync(bench._store);
        bench.Line = await Proxy.StartAsync(bench._server.Address);
        bench.Client = new OrchestratorClient(bench._http, new OrchestratorClientOptions
        {
            BaseAddress = new Uri(bench.Line.Address, "api/v1"),
            Timeout = TimeSpan.FromSeconds(2),
            HeartbeatTimeout = TimeSpan.FromSeconds(1),
            TryTimeout = TimeSpan.FromSeconds(1),
        });
        return bench;
    }

    /// <summary>The server goes, and another one comes at another address.</summary>
    /// <param name="keepsRuns">Whether it knows what the first one knew.</param>
    public async Task RestartServerAsync(bool keepsRuns)
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        _server = await StartServerAsync(keepsRuns ? _store : new InMemoryRunStore(TimeProvider.System));
        Line.Target = _server.Address;
    }

    /// <summary>A run that trains in the hands of a worker, and runs at the server.</summary>
    public async Task<Trained> TrainAsync(int commandWait = 5)
    {
        var request = new NewRun { ExperimentId = ExperimentId.Parse("exp"), VersionId = VersionId.Parse("v1") };
        await Engine.Runs.CreateAsync(request);
        var run = await Client.ClaimAsync("worker-1", new ClaimOptions { Wait = Patience }, Options with { CommandWait = TimeSpan.FromSeconds(commandWait) });
        Assert.NotNull(run);
        var training = Train(run);
        await training.UntilAsync(seen => seen.State == RunState.Running && seen.CurrentStep > 0);
        return training;
    }

    public Trained Train(WorkerRun run)
    {
        var training = new Trained(run, () => Engine);
        _trainings.Add(training);
        return training;
    }

    public async ValueTask DisposeAsync()
    {
        Line.Heal();
        foreach (var training in _trainings)
        {
            await training.DisposeAsync();
        }

        await Line.DisposeAsync();
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private static Task<TestServer> StartServerAsync(InMemoryRunStore store) => TestServer.StartAsync(
        options: options =>
        {
            options.Heartbeats.MinInterval = TimeSpan.Zero;
            options.Commands.RedeliveryTimeout = TimeSpan.FromSeconds(1);
        },
        build: builder =>
        {
            builder.Services.AddOpenApi();
            builder.Services.AddSingleton<IRunStore>(store);
        });
}
