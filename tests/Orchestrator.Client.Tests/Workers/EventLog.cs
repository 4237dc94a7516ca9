using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>Keeps the names of what was logged, in its order, and lets a test look at the worker at that very moment.</summary>
internal sealed class EventLog(Action<string>? logged = null) : ILogger
{
    public IEnumerable<string> Events => Entries.Select(entry => entry.Name);

    public ConcurrentQueue<(LogLevel Level, string Name, string Text)> Entries { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Entries.Enqueue((logLevel, eventId.Name!, formatter(state, exception)));
        logged?.Invoke(eventId.Name!);
    }
}
