using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Health;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Sweeping;

/// <summary>
/// Looks at every run whose time has come, again and again, for as long as the host runs. Every write is a compare-and-set, so that it
/// is right with any number of hosts.
/// </summary>
internal sealed partial class Sweeper : BackgroundService
{
    private const int PageSize = 1_024;
    private const int FleetSize = 50;
    private const int PurgeBite = 100;
    private const int BitesPerSweep = 20;
    private static readonly Call Sweep = Call.Plain("health.sweep");

    private readonly RunExecutor _executor;
    private readonly IRunStore _store;
    private readonly StoreClock _clock;
    private readonly OrchestratorOptions _options;
    private readonly TimeProvider _time;
    private readonly Telemetry _telemetry;
    private readonly ILogger _logger;
    private readonly SweepMarks _marks;
    private readonly SelfCheck _selfCheck;

    public Sweeper(
        RunExecutor executor, IRunStore store, StoreClock clock, OrchestratorOptions options, TimeProvider time, Telemetry telemetry, ILogger<Sweeper> logger)
    {
        _executor = executor;
        _store = store;
        _clock = clock;
        _options = options;
        _time = time;
        _telemetry = telemetry;
        _logger = logger;
        _marks = new SweepMarks(store, options.Health);
        _selfCheck = new SelfCheck(time, options.Health);
    }

    /// <summary>Looks at every run that is due now, and drops what is no longer kept.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var fitness = await _selfCheck.PassAsync().ConfigureAwait(false);
        var isFit = fitness == Fitness.Fit;
        if (!isFit)
        {
            LogUnfit();
        }

        var now = await _clock.MeasureAsync(cancellationToken).ConfigureAwait(false);
        var due = await FindDueAsync(now, cancellationToken).ConfigureAwait(false);

        // Read only now: whoever changed a run that is missing here, because most of the fleet fell silent, has told the mark before.
        var mark = await _marks.FindAsync(now, cancellationToken).ConfigureAwait(false);
        mark = isFit ? await SuspectOurselvesAsync(mark, due, now, cancellationToken).ConfigureAwait(false) : mark;

        var until = isFit ? now + SweepMark.LongestGap(_options.Health.SweepInterval) : DateTimeOffset.MinValue;
        var observation = new Observation(mark.Since, until, mark.PolicyWaitsUntil);
        foreach (var page in due.Chunk(PageSize))
        {
            await Task.WhenAll(page.Select(view => LookAtAsync(view.Head.Id, observation, cancellationToken))).ConfigureAwait(false);
        }

        if (fitness != Fitness.Starved)
        {
            // Marked only when it is done: a sweep that is broken off is none. Nor is one in which nobody could be heard.
            await _marks.MarkAsync(now, cancellationToken).ConfigureAwait(false);
        }

        await PurgeAsync(now, cancellationToken).ConfigureAwait(false);
        if (_telemetry.WantsRunCounts)
        {
            _telemetry.RunCounts = await _store.CountAsync(cancellationToken).ConfigureAwait(false);
        }

        var lag = due.Count == 0 ? TimeSpan.Zero : now - due.Min(view => view.Head.NextDue(view.Progress) ?? now);
        _telemetry.Swept(_time.GetElapsedTime(started), lag);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.Health.SweepInterval, _time);
        try
        {
            do
            {
                await TrySweepAsync(stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or never came up.
        }
    }

    private async Task TrySweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            LogStoreUnavailable(fault);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(fault);
        }
    }

    private async ValueTask<List<RunView>> FindDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = new List<RunView>();
        string? cursor = null;
        do
        {
            var page = await _store.FindDueAsync(now, PageSize, cursor, cancellationToken).ConfigureAwait(false);
            due.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);

        return due;
    }

    /// <summary>When most runs fall silent at once, it is more likely our fault than theirs: they are marked, and the policy waits.</summary>
    private async ValueTask<SweepMark> SuspectOurselvesAsync(
        SweepMark mark, List<RunView> due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var silent = due.Count(view => FallsSilent(view, mark, now));
        if (silent < FleetSize)
        {
            return mark;
        }

        var counts = await _store.CountAsync(cancellationToken).ConfigureAwait(false);
        var watched = counts.Where(count => Liveness.IsWatched(count.State)).Sum(count => count.Count);
        if (2L * silent <= watched)
        {
            return mark;
        }

        LogFleetSilent(silent, watched);
        return await _marks.HoldAsync(now, silent, watched, cancellationToken).ConfigureAwait(false);
    }

    private bool FallsSilent(RunView view, SweepMark mark, DateTimeOffset now) =>
        Liveness.Judge(view.Head, view.Progress, mark.Since, _options.Health, now) is var health
        && health != view.Head.Health
        && Liveness.IsSilent(health);

    private async Task LookAtAsync(RunId run, Observation observation, CancellationToken cancellationToken)
    {
        var decider = new DueDecider(run, observation, _options);
        try
        {
            var result = await _executor.ExecuteAsync<DueDecider, bool>(new RunLookup(run), decider, Sweep, cancellationToken).ConfigureAwait(false);
            if (result.Refusal?.Code == RefusalCode.StoreUnavailable)
            {
                throw new StoreUnavailableException();
            }
        }
        catch (Exception fault) when (fault is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            // One run that cannot be written must not keep the others from being looked at.
            LogRunFailed(fault, run);
        }
    }

    private async ValueTask PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_options.Retention.EndedRuns is not { } kept)
        {
            return;
        }

        for (var bite = 0; bite < BitesPerSweep; bite++)
        {
            if (await _store.PurgeAsync(now - kept, PurgeBite, cancellationToken).ConfigureAwait(false) < PurgeBite)
            {
                return;
            }
        }
    }
}
