using Microsoft.Extensions.Logging;

namespace Orchestrator.Core.Diagnostics;

internal sealed partial class Telemetry
{
    [LoggerMessage(2, LogLevel.Information, "Run {RunId} went from {From} to {To}, moved by {ChangedBy}.", EventName = "RunMoved")]
    private partial void LogMoved(RunId runId, RunState? from, RunState to, string changedBy);

    [LoggerMessage(3, LogLevel.Warning, "A heartbeat of run {RunId} was refused for the first time as {Code}.", EventName = "HeartbeatRefused")]
    private partial void LogHeartbeatRefused(RunId runId, RefusalCode code);

    [LoggerMessage(4, LogLevel.Warning, "The loss of run {RunId} is not finite from step {Step} on.", EventName = "LossNotFinite")]
    private partial void LogLossNotFinite(RunId runId, long step);

    [LoggerMessage(5, LogLevel.Information, "Run {RunId} went from {From} to {To} after {Silence} s without a sign of life.", EventName = "RunHealthChanged")]
    private partial void LogHealthChanged(RunId runId, HealthStatus from, HealthStatus to, double silence);

    [LoggerMessage(12, LogLevel.Information, "Run {RunId} went from {From} to Stalled: it beats, and its step has not advanced for {Standstill} s.", EventName = "RunStalled")]
    private partial void LogStalled(RunId runId, HealthStatus from, double standstill);

    [LoggerMessage(6, LogLevel.Warning, "Run {RunId} gave no sign of life for {Silence} s: it had better be ended.", EventName = "TerminateRecommended")]
    private partial void LogTerminateRecommended(RunId runId, double silence);

    [LoggerMessage(7, LogLevel.Error, "Run {RunId} was at revision {Seen} and is at {Found}: the store lost changes that it had acknowledged.", EventName = "RunRolledBack")]
    private partial void LogRolledBack(RunId runId, long seen, long found);

    [LoggerMessage(
        8,
        LogLevel.Error,
        "A request for run {RunId} conflicted {Rounds} times in a row and was refused as store_unavailable; if this repeats, the store judges writes differently from this version: check that all hosts and the store's schema are of one version.",
        EventName = "GaveUpOnConflicts")]
    private partial void LogGaveUpOnConflicts(RunId runId, int rounds);
}
