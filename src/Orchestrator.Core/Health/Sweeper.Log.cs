using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Health;

internal sealed partial class Sweeper
{
    [LoggerMessage(300, LogLevel.Warning, "A sweep was broken off, because the store did not answer. The next one makes up for it.", EventName = "SweepBrokenOff")]
    private partial void LogStoreUnavailable(StoreUnavailableException fault);
}
