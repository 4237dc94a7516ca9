using Microsoft.Extensions.Logging;
using Orchestrator.Client.Diagnostics;

namespace Orchestrator.Client.Workers.Claims;

/// <summary>Claims until a run is this worker's and its first heartbeat was accepted, or the wait is over.</summary>
internal sealed partial class ClaimLoop
{
    // Half of the 60 s after which common gateways answer 504.
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(30);

    private static readonly Refusal EndedEarly = new(RefusalCode.StoreUnavailable, "The wait was ended early.");

    private readonly IOrchestrator _orchestrator;
    private readonly string _workerId;
    private readonly ClaimOptions _claim;
    private readonly WorkerRunOptions _options;
    private readonly ClaimMemory _memory;
    private readonly SilentHolder _holder;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly Backoff _backoff;

    // The key of a call whose answer did not come; the call is repeated with it.
    private (string Key, bool Takeover)? _unanswered;
    private bool _isLost;

    public ClaimLoop(IOrchestrator orchestrator, string workerId, ClaimOptions claim, WorkerRunOptions options, ClaimMemory memory)
    {
        (_orchestrator, _workerId, _claim, _memory) = (orchestrator, workerId, claim, memory);
        _logger = new SafeLogger(options.Logger);
        _options = options with { Logger = _logger };
        _holder = new SilentHolder(orchestrator, workerId, _options, memory);
        _time = options.TimeProvider;
        _began = _time.GetTimestamp();
        _backoff = new Backoff(_time, options.Interval);
    }

    private TimeSpan Left => _claim.Wait == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue
        : _claim.Wait - _time.GetElapsedTime(_began) is var left && left > TimeSpan.Zero ? left
        : TimeSpan.Zero;

    /// <returns>The run; <see langword="null"/> when there was none by the end of the wait.</returns>
    public async Task<WorkerRun?> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var poll = Left < LongestPoll ? Left : LongestPoll;
            var polled = _time.GetTimestamp();
            var (run, refusal) = await TakeAsync(poll, cancellationToken).ConfigureAwait(false);
            if (run is not null)
            {
                return run;
            }

            if (refusal is not null && IsLoss(refusal.Code))
            {
                LogLost(_workerId, refusal.Code, refusal.Message);
                if (!_isLost)
                {
                    // The attempt is another worker's by now; the next claim gets another one.
                    _isLost = true;
                    continue;
                }
            }
            else if (refusal is not null && refusal.Code != RefusalCode.StoreUnavailable)
            {
                throw new RefusedException(refusal);
            }

            if (refusal is null && poll > TimeSpan.Zero && !_claim.Takeover)
            {
                await _holder.LookAsync(cancellationToken).ConfigureAwait(false);
            }

            var left = Left;
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            // A server that is shutting down answers before the wait is over.
            if (refusal is not null || _time.GetElapsedTime(polled) < poll)
            {
                _backoff.Failed(refusal ?? EndedEarly);
                await Task.Delay(left < _backoff.Wait ? left : _backoff.Wait, _time, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _backoff.Succeeded();
            }
        }
    }

    /// <summary>Claims once, and sends the first heartbeat of the run that it gets.</summary>
    private async Task<(WorkerRun? Run, Refusal? Refusal)> TakeAsync(TimeSpan poll, CancellationToken cancellationToken)
    {
        var (key, takeover) = _unanswered ?? (ClaimKeys.New(_time), _claim.Takeover && _memory.IsFirst(_workerId));
        var request = new ClaimRequest { WorkerId = _workerId, Labels = _claim.Labels, Offers = _claim.Offers, Wait = poll, Takeover = takeover };
        var context = new CallContext { IdempotencyKey = key };
        var result = await _orchestrator.Runs.ClaimAsync(request, context, cancellationToken).ConfigureAwait(false);
        if (result.Refusal?.Code == RefusalCode.StoreUnavailable)
        {
            _unanswered = (key, takeover);
            return (null, result.Refusal);
        }

        _unanswered = null;
        _memory.NoteAnswer(_workerId);
        if (!result.TryGet(out var receipt, out var refusal) || receipt.Value is not { } claimed)
        {
            return (null, refusal);
        }

        var begun = await WorkerRun.BeginAsync(_orchestrator, claimed, _options, () => Left, cancellationToken).ConfigureAwait(false);
        return begun.TryGet(out var run, out refusal) ? (run, null) : (null, refusal);
    }

    private static bool IsLoss(RefusalCode code) =>
        code is RefusalCode.StaleAttempt or RefusalCode.UnknownAttempt or RefusalCode.RunEnded or RefusalCode.RunNotFound or RefusalCode.IdempotencyKeyReused;

    [LoggerMessage(742, LogLevel.Warning, "The run that worker id {WorkerId} claimed was another worker's before its first heartbeat ({Code}: {Message}); no training was started, and the worker claims again. Two workers may have one name.", EventName = "ClaimLost")]
    private partial void LogLost(string workerId, RefusalCode code, string message);
}
