using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>Keeps the names of what was logged, in its order, and lets a test look at the worker at that very moment.</summary>
internal sealed class EventLog(Action<string>? logged = null) : ILogger
{
    public ConcurrentQueue<string> Events { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Events.Enqueue(eventId.Name!);
        logged?.Invoke(eventId.Name!);
    }
}
