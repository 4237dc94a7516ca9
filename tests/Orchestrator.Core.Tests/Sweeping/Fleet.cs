using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>
/// Hosts over one store, with the default thresholds, that sweep at once and in step with a clock that only the test moves. It starts when
/// signs of life could be noticed for a grace already.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _clock;
    private readonly OrchestratorOptions _options = new() { Heartbeats = { MinInterval = TimeSpan.Zero } };
    private readonly List<Engine> _hosts = [];

    private Fleet(Func<FakeTimeProvider, TimeProvider>? clock, int maxEndedRuns, int maxBatch)
    {
        _clock = clock?.Invoke(Time) ?? Time;
        Store = new InterceptedStore(new InMemoryRunStore(_clock, maxEndedRuns), maxBatch);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public InterceptedStore Store { get; }

    /// <summary>A host; any other would do as well.</summary>
    public Engine Host => _hosts[0];

    public IReadOnlyList<Engine> Hosts => _hosts;

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Whether the store answers nobody.</summary>
    public bool IsStoreDown
    {
        set
        {
            Store.OnRead = value ? static () => throw new StoreUnavailableException() : null;
            Store.OnCommit = value ? static (_, _) => throw new StoreUnavailableException() : null;
        }
    }

    public static async Task<Fleet> StartAsync(
        int hosts = 1, Action<OrchestratorOptions>? configure = null, Func<FakeTimeProvider, TimeProvider>? clock = null, int maxEndedRuns = 10_000, int maxBatch = 1)
    {
        var fleet = new Fleet(clock, maxEndedRuns, maxBatch);
        configure?.Invoke(fleet._options);
        for (var i = 0; i < hosts; i++)
        {
            fleet._hosts.Add(fleet.NewHost());
        }

        await fleet.SweepAsync();
        await fleet.PassAsync(seconds: 45);
        return fleet;
    }

    /// <summary>One sweep and one clean-up on every host, all at once. Like the real loop they do not stop for a store that is out of reach.</summary>
    public Task SweepAsync() => Task.WhenAll(_hosts.Select(host => Task.Run(async () =>
    {
        try
        {
            await host.Sweeper.SweepAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
        }

        await host.Housekeeper.CleanUpAsync(CancellationToken.None);
    }))).WaitAsync(TestHost.Patience);

    /// <summary>Lets time pass, sweep by sweep.</summary>
    /// <param name="seconds">How many; the last sweep is at their end.</param>
    /// <param name="before">What happens before each of the sweeps.</param>
    public async Task PassAsync(int seconds, Func<Task>? before = null)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= Interval)
        {
            Time.Advance(left < Interval ? left : Interval);
            await (before?.Invoke() ?? Task.CompletedTask);
            await SweepAsync();
        }
    }

    /// <summary>A host goes down and another takes its place.</summary>
    public async Task RestartAsync(int host = 0)
    {
        await _hosts[host].DisposeAsync();
        _hosts[host] = NewHost();
    }

    public async Task<RunId> CreateAsync(string id = "run", HealthPolicy? policy = null) =>
        (await Host.Runs.CreateAsync(TestHost.NewRun(id) with { HealthPolicy = policy })).Value.Value.Id;

    /// <summary>Creates a run that its worker reports as running.</summary>
    public async Task<RunId> StartRunAsync(string id = "run", HealthPolicy? policy = null, long step = 0)
    {
        var run = await CreateAsync(id, policy);
        await BeatAsync(run, step);
        return run;
    }

    public async Task<RunId[]> StartRunsAsync(int count)
    {
        var runs = new RunId[count];
        for (var i = 0; i < count; i++)
        {
            runs[i] = await StartRunAsync($"run-{i}");
        }

        return runs;
    }

    public async Task BeatAsync(RunId run, long step = 0, RuntimeStatus status = RuntimeStatus.Running, int? attempt = null) =>
        _ = (await Host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step, status) with { Attempt = attempt })).Value;

    public async Task BeatAsync(IEnumerable<RunId> runs)
    {
        foreach (var run in runs)
        {
            await BeatAsync(run);
        }
    }

    public async Task<Run> GetAsync(RunId run) => (await Host.Runs.GetAsync(run)).Value;

    public async Task<HealthStatus> HealthOfAsync(RunId run) => (await GetAsync(run)).HealthStatus;

    public Task MoveAsync(RunId run, RunState to) => MoveAsync(run, new TransitionRequest { To = to, Actor = TestHost.Ada });

    public async Task MoveAsync(RunId run, TransitionRequest request) => _ = (await Host.Runs.TransitionAsync(run, request)).Value;

    public async Task<IReadOnlyList<RunEvent>> EventsOfAsync(RunId run) =>
        await Store.ReadEventsAsync(run, 0, int.MaxValue, CancellationToken.None);

    /// <summary>How the run's health changed, as <c>healthy to heartbeat_stale after 45 s</c>.</summary>
    public async Task<string[]> HealthChangesAsync(RunId run) =>
        [.. (await EventsOfAsync(run)).Select(told => told.Data).OfType<HealthChangedData>().Select(Show)];

    /// <summary>How often an event of this type was told of the run.</summary>
    public async Task<int> CountAsync(RunId run, EventType type) => (await EventsOfAsync(run)).Count(told => told.Type == type);

    /// <summary>The events of no run.</summary>
    public async Task<FleetSilentData[]> FleetEventsAsync() =>
        [.. (await Store.ReadFeedAsync("0", int.MaxValue, CancellationToken.None)).Items.Select(item => item.Event.Data).OfType<FleetSilentData>()];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    private Engine NewHost() => new(Store, _options, _clock, NullLoggerFactory.Instance);

    private static string Show(HealthChangedData change) =>
        FormattableString.Invariant($"{change.From.ToWireName()} to {change.To.ToWireName()} after {change.Silence.TotalSeconds} s");
}
