using Microsoft.Extensions.Logging;

namespace Orchestrator.Core.Sweeping;

internal sealed partial class Sweeper
{
    [LoggerMessage(300, LogLevel.Warning, "A sweep was broken off because the store failed. The next one makes up for it. Logged once until a sweep succeeds.", EventName = "SweepBrokenOff")]
    private partial void LogBrokenOff();

    [LoggerMessage(301, LogLevel.Error, "{Silent} of {Watched} watched runs fell silent in one sweep: check the way from the workers to here. The policy for unresponsive runs waits.", EventName = "FleetSilent")]
    private partial void LogFleetSilent(long silent, long watched);

    [LoggerMessage(302, LogLevel.Warning, "This host sweeps late, its thread pool is starved, or heartbeats do not get into the store: it concludes nothing from silence now. Logged once until that is over.", EventName = "SweepUnfit")]
    private partial void LogUnfit();

    [LoggerMessage(303, LogLevel.Error, "A sweep failed. The next one tries again.", EventName = "SweepFailed")]
    private partial void LogFailed(Exception fault);

    [LoggerMessage(304, LogLevel.Error, "Run {RunId} could not be swept. The next sweep tries again.", EventName = "RunNotSwept")]
    private partial void LogRunFailed(Exception fault, RunId runId);
}
