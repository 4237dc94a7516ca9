using Microsoft.Extensions.Logging;

namespace Orchestrator.Core.Storage;

internal sealed partial class Committer
{
    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Debug, "The store did not answer: the outcome of {Count} writes is unknown.")]
        public static partial void OutcomeUnknown(ILogger logger, Exception exception, int count);

        [LoggerMessage(101, LogLevel.Warning, "The store refused a batch of {Count} writes: its halves are tried apart.")]
        public static partial void BatchRefused(ILogger logger, Exception exception, int count);

        [LoggerMessage(102, LogLevel.Error, "The store cannot take a write to run {RunId}.")]
        public static partial void WriteRefused(ILogger logger, Exception exception, RunId runId);
    }
}
