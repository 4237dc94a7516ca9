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

    // Whether the store answered to all of the last sweep.
    private bool _wentThrough;

    // What is logged once, until it is otherwise.
    private bool _isBrokenOff;
    private bool _isUnfit;

    public Sweeper(
        RunExecutor executor,
        Committer committer,
        IRunStore store,
        StoreClock clock,
        OrchestratorOptions options,
        TimeProvider time,
        Telemetry telemetry,
        ILogger<Sweeper> logger)
    {
        _executor = executor;
        _store = store;
        _clock = clock;
        _options = options;
        _time = time;
        _telemetry = telemetry;
        _logger = logger;
        _marks = new SweepMarks(store, clock, options.Health);
        _selfCheck = new SelfCheck(committer, time, options.Health);
    }

    /// <summary>Looks at every run that is due now, page by page, so that a long sweep that gets on is no outage of ours.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var fitness = await _selfCheck.PassAsync().ConfigureAwait(false);
        var mayMark = _wentThrough && fitness != Fitness.Starved;
        _wentThrough = false;
        var now = await _clock.MeasureAsync(cancellationToken).ConfigureAwait(false);
        var due = await FindDueAsync(now, mayMark, cancellationToken).ConfigureAwait(false);
        _selfCheck.Rest();

        var isFleetKnown = false;
        foreach (var page in due.Chunk(PageSize).DefaultIfEmpty([]))
        {
            var here = await _selfCheck.PassAsync().ConfigureAwait(false);
            fitness = here > fitness ? here : fitness;
            if (fitness == Fitness.Fit && !isFleetKnown)
            {
                await SuspectOurselvesAsync(due, now, cancellationToken).ConfigureAwait(false);
                isFleetKnown = true;
            }

            await LookAtAsync(page, fitness, cancellationToken).ConfigureAwait(false);
            _selfCheck.Rest();
            fitness = Fitness.Fit;
        }

        _wentThrough = true;
        _isBrokenOff = false;
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
        catch (StoreUnavailableException)
        {
            if (!_isBrokenOff)
            {
                _isBrokenOff = true;
                LogBrokenOff();
            }
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(fault);
        }
    }

    private async ValueTask<List<RunView>> FindDueAsync(DateTimeOffset now, bool mayMark, CancellationToken cancellationToken)
    {
        var due = new List<RunView>();
        string? cursor = null;
        do
        {
            if (cursor is not null && mayMark)
            {
                // To find that many takes its time, and is no outage. After a sweep that was broken off, reads alone do not prove that.
                await _marks.MarkAsync(await _marks.FindAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }

            var page = await _store.FindDueAsync(now, PageSize, cursor, cancellationToken).ConfigureAwait(false);
            due.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);

        return due;
    }

    /// <summary>When most runs fall silent at once, it is more likely our fault than theirs: they are marked, and the policy waits.</summary>
    private async ValueTask SuspectOurselvesAsync(List<RunView> due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (due.Count < FleetSize)
        {
            return;
        }

        var found = await _marks.FindAsync(cancellationToken).ConfigureAwait(false);
        var silent = due.Count(view => FallsSilent(view, found.Mark, now));
        if (silent < FleetSize)
        {
            return;
        }

        var counts = await _store.CountAsync(cancellationToken).ConfigureAwait(false);
        var watched = counts.Where(count => Liveness.IsWatched(count.State)).Sum(count => count.Count);
        if (2L * silent > watched)
        {
            LogFleetSilent(silent, watched);
            await _marks.HoldAsync(found.Now, silent, watched, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool FallsSilent(RunView view, SweepMark mark, DateTimeOffset now) =>
        Liveness.Judge(view.Head, view.Progress, mark.Since, _options.Health, now) is var health
        && health != view.Head.Health
        && Liveness.IsSilent(health);

    private async ValueTask LookAtAsync(RunView[] page, Fitness fitness, CancellationToken cancellationToken)
    {
        if (fitness != Fitness.Fit && !_isUnfit)
        {
            LogUnfit();
        }

        _isUnfit = fitness != Fitness.Fit;

        // Read after what is due: whoever changed a run that is missing there, because most of the fleet fell silent, has told the mark before.
        var found = await _marks.FindAsync(cancellationToken).ConfigureAwait(false);
        var until = fitness == Fitness.Fit ? found.Now + SweepMark.LongestGap(_options.Health.SweepInterval) : DateTimeOffset.MinValue;
        var observation = new Observation(found.Mark.Since, until, found.Mark.PolicyWaitsUntil);
        await Task.WhenAll(page.Select(view => LookAtAsync(view, observation, found.Now, cancellationToken))).ConfigureAwait(false);

        if (fitness != Fitness.Starved && _selfCheck.StoresHeartbeats)
        {
            // Marked only when it is done: a look that is broken off is none. Nor is one in which nobody could be heard.
            await _marks.MarkAsync(found).ConfigureAwait(false);
        }
    }

    private async Task LookAtAsync(RunView view, Observation observation, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var run = view.Head.Id;
        var decider = new DueDecider(run, observation, _options);
        try
        {
            if (decider.Decide(view, now).Change is null)
            {
                return;
            }

            var result = await _executor.ExecuteAsync<DueDecider, bool>(new RunLookup(run), decider, Sweep, cancellationToken).ConfigureAwait(false);
            if (Refusals.IsOutage(result.Refusal))
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
}
