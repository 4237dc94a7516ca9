using Microsoft.Extensions.Logging;

namespace Orchestrator.Core.Events;

/// <summary>Writes every durable event as a line of the log: for small installations, and to see what a publisher gets.</summary>
internal sealed partial class LoggingPublisher(ILogger<LoggingPublisher> logger) : IEventPublisher
{
    public string Name => "log";

    public ValueTask PublishAsync(IReadOnlyList<RunEvent> events, CancellationToken cancellationToken)
    {
        foreach (var told in events)
        {
            LogEvent(told.Type.ToWireName(), told.RunId, told.Sequence, told.Attempt);
        }

        return default;
    }

    [LoggerMessage(402, LogLevel.Information, "{Type} of run {RunId}, event {Sequence}, attempt {Attempt}.", EventName = "EventPublished")]
    private partial void LogEvent(string type, RunId runId, long sequence, int attempt);
}
