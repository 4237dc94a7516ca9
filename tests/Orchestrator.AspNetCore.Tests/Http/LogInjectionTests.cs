using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>What callers send never forges a line of the log.</summary>
public sealed class LogInjectionTests
{
    private const string Forged = "ada\\u001b[2J\\ncrit: Orchestrator[0]\\n forged";

    [Fact]
    public async Task Ids_of_actors_and_workers_are_logged_without_control_characters()
    {
        using var lines = new Lines();
        await using var host = await TestHost.StartAsync(build: builder => builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(lines));
        await host.CreateRunAsync();

        (await host.PostAsync("runs/claim", $$"""{"worker_id":"{{Forged}}"}""")).Is(200);
        (await host.PostAsync("runs/r1/transitions", $$"""{"to_state":"failed","actor":{"id":"{{Forged}}","type":"operator"},"reason":"{{Forged}}"}""")).Is(200);

        Assert.Equal(2, lines.All.Count(line => line.Contains("went from", StringComparison.Ordinal)));
        Assert.Contains(lines.All, line => line.Contains(@"ada\u001B[2J\u000Acrit", StringComparison.Ordinal));
        Assert.All(lines.All, line => Assert.False(line.Any(char.IsControl), line));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public IReadOnlyCollection<string> All => _lines;

        public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Orchestrator", StringComparison.Ordinal)
            ? this
            : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
