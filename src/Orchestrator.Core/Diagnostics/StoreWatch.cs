using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Diagnostics;

/// <summary>
/// Follows whether the store answers, and is the one place that logs it: when an outage begins, every 30 s while it lasts with the number of refused calls, and when
/// it is over. A statement that the store refuses as wrong is no outage and is logged as an error, each reason once an hour.
/// </summary>
internal sealed partial class StoreWatch(TimeProvider time, ILogger logger) : IStoreStatus
{
    private const int MostReasons = 256;

    // A client may tell all of its state.
    private const int LongestCause = 200;

    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);

    // A server of a cluster may fail while others answer: an outage is over when no call has failed for this long.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Repetition = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _reasons = new(StringComparer.Ordinal);
    private volatile bool _isTroubled;
    private bool _isOutage;
    private bool _readsFail;
    private bool _writesFail;
    private long _beganAt;
    private long _failedAt;
    private long _loggedAt;
    private long _refused;

    /// <summary>Whether an answer of the store is news: only then it must be reported by <see cref="Answered"/>.</summary>
    public bool IsTroubled => _isTroubled;

    /// <inheritdoc/>
    public bool AreWritesFailing
    {
        get
        {
            lock (_gate)
            {
                return _writesFail;
            }
        }
    }

    /// <summary>A call of a caller was refused because the store failed.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>The store failed a call.</summary>
    public void Failed(StoreUnavailableException fault, bool isWrite)
    {
        lock (_gate)
        {
            _isTroubled = true;
            _readsFail |= !isWrite;
            _writesFail |= isWrite;
            var now = time.GetTimestamp();
            if (!fault.IsTransient)
            {
                LogOnce(fault, now);
                return;
            }

            _failedAt = now;
            if (!_isOutage)
            {
                _isOutage = true;
                _beganAt = _loggedAt = now;
                Interlocked.Exchange(ref _refused, 0);
                LogUnavailable(new LogText(ReasonOf(fault)));
            }
            else if (time.GetElapsedTime(_loggedAt, now) >= Reminder)
            {
                _loggedAt = now;
                LogStillUnavailable((long)time.GetElapsedTime(_beganAt, now).TotalSeconds, new LogText(ReasonOf(fault)), Interlocked.Read(ref _refused));
            }
        }
    }

    /// <summary>The store answered a call.</summary>
    public void Answered(bool isWrite)
    {
        lock (_gate)
        {
            _readsFail &= isWrite;
            _writesFail &= !isWrite;
            if (_readsFail || _writesFail)
            {
                return;
            }

            if (_isOutage)
            {
                if (time.GetElapsedTime(_failedAt) < Quiet)
                {
                    return;
                }

                _isOutage = false;
                LogBack((long)time.GetElapsedTime(_beganAt).TotalSeconds, Interlocked.Read(ref _refused));
            }

            _isTroubled = false;
        }
    }

    private void LogOnce(StoreUnavailableException fault, long now)
    {
        if (_reasons.TryGetValue(fault.Message, out var last) ? time.GetElapsedTime(last, now) < Repetition : _reasons.Count == MostReasons)
        {
            return;
        }

        _reasons[fault.Message] = now;
        LogStatementRefused(fault, new LogText(fault.Message));
    }

    /// <summary>The fault and its cause in one line: a stack trace says nothing of a server that is away.</summary>
    private static string ReasonOf(StoreUnavailableException fault)
    {
        var cause = fault.InnerException?.Message.Split('\n', 2)[0].Trim() ?? "";
        return cause.Length == 0 ? fault.Message : $"{fault.Message} ({(cause.Length > LongestCause ? cause[..LongestCause] + "…" : cause)})";
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The store is unavailable: {Reason} Calls are refused with 503 until it answers; nothing that was acknowledged is lost. Check that it runs, takes writes, and can be reached from this host.",
        EventName = "StoreUnavailable")]
    private partial void LogUnavailable(LogText reason);

    [LoggerMessage(9, LogLevel.Warning, "The store has been unavailable for {Seconds} s: {Reason} Calls refused so far: {Refused}.", EventName = "StoreStillUnavailable")]
    private partial void LogStillUnavailable(long seconds, LogText reason, long refused);

    [LoggerMessage(10, LogLevel.Information, "The store is available again after {Seconds} s. Calls refused: {Refused}.", EventName = "StoreAvailable")]
    private partial void LogBack(long seconds, long refused);

    [LoggerMessage(
        11,
        LogLevel.Error,
        "The store refuses a statement, and will refuse it again: {Reason} Where this names no missing right, it is an error of the orchestrator: please report it. This reason is logged once an hour.",
        EventName = "StatementRefused")]
    private partial void LogStatementRefused(Exception fault, LogText reason);
}
