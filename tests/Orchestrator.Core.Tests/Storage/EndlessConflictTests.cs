using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>A store whose guards contradict the engine's decisions for ever.</summary>
public sealed class EndlessConflictTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly ErrorLog _logs = new();
    private readonly InterceptedStore _store;
    private readonly LoggerFactory _loggers;

    public EndlessConflictTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _store = new InterceptedStore(new InMemoryRunStore(_time));
    }

    [Fact]
    public async Task A_request_that_always_conflicts_ends_with_store_unavailable_and_one_error_in_the_log()
    {
        await using var host = new TestHost(_store, _time, loggers: _loggers);
        var run = await host.StartAsync();
        var before = _store.Commits;
        Contradict(run);

        var result = await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Paused, Actor = TestHost.Ada });

        Assert.Equal(RefusalCode.StoreUnavailable, result.Refusal?.Code);
        Assert.Equal(64, _store.Commits - before);
        Assert.Equal((8, "GaveUpOnConflicts"), Assert.Single(_logs.Errors));
        Assert.Equal(RunState.Running, (await host.Runs.GetAsync(run)).Value.State);
    }

    [Fact]
    public async Task A_heartbeat_that_always_conflicts_ends_likewise()
    {
        await using var host = new TestHost(_store, _time, loggers: _loggers);
        var run = await host.StartAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Contradict(run);

        var result = await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step: 1));

        Assert.Equal(RefusalCode.StoreUnavailable, result.Refusal?.Code);
        Assert.Equal((8, "GaveUpOnConflicts"), Assert.Single(_logs.Errors));
    }

    [Fact]
    public async Task A_request_that_conflicts_gives_its_thread_back_before_it_is_decided_again()
    {
        await using var host = new TestHost(_store, _time);
        var run = await host.StartAsync();
        using var isCalling = new ThreadLocal<bool>();
        var commits = 0;
        Contradict(run, () => commits += isCalling.Value ? 1 : 0);

        // The store answers at once: nothing but a yield of the engine lets the call return before its last round.
        isCalling.Value = true;
        var call = host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Paused, Actor = TestHost.Ada });
        isCalling.Value = false;

        Assert.Equal(RefusalCode.StoreUnavailable, (await call).Refusal?.Code);
        Assert.Equal(1, commits);
    }

    [Fact]
    public async Task A_request_that_conflicts_does_not_need_the_context_of_its_caller()
    {
        await using var host = new TestHost(_store, _time);
        var run = await host.StartAsync();
        Contradict(run);
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new BlockedContext());
        ValueTask<Result<Receipt<Run>>> call;
        try
        {
            call = host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Paused, Actor = TestHost.Ada });
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        Assert.Equal(RefusalCode.StoreUnavailable, (await call.AsTask().WaitAsync(TestHost.Patience)).Refusal?.Code);
    }

    public void Dispose() => _loggers.Dispose();

    /// <summary>Answers every commit as a conflict with the head that it expected.</summary>
    private void Contradict(RunId run, Action? committing = null) => _store.OnCommit = async (_, results) =>
    {
        committing?.Invoke();
        var current = await _store.Inner.LoadOneAsync(new RunLookup(run), CancellationToken.None);
        results.Span[0] = new CommitResult(CommitVerdict.Conflict, null, current);
    };

    /// <summary>A context whose thread is blocked: what is posted to it never runs.</summary>
    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    /// <summary>Keeps the id and the name of every log event that is an error.</summary>
    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(int Id, string? Name)> Errors { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Errors.Enqueue((eventId.Id, eventId.Name));
            }
        }

        public void Dispose()
        {
        }
    }
}
