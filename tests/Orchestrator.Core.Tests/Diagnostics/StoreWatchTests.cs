using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Diagnostics;

public sealed class StoreWatchTests : ILogger
{
    private static readonly StoreUnavailableException Outage = new("The server is away.", new IOException("refused\nand more"));

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];
    private readonly StoreWatch _watch;

    public StoreWatchTests() => _watch = new StoreWatch(_time, this);

    [Fact]
    public void An_outage_is_logged_when_it_begins_every_30_s_with_the_number_of_refused_calls_and_when_it_is_over()
    {
        for (var second = 0; second < 90; second++)
        {
            for (var call = 0; call < 100; call++)
            {
                _watch.Failed(Outage, isWrite: call % 2 == 0);
                _watch.Refused();
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        _watch.Answered(isWrite: false);
        _watch.Answered(isWrite: true);
        _watch.Answered(isWrite: true);

        Assert.Equal(["1 Warning", "9 Warning", "9 Warning", "10 Information"], _lines.Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Contains("The server is away. (refused)", _lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("and more", _lines[0], StringComparison.Ordinal);
        Assert.Contains("for 30 s", _lines[1], StringComparison.Ordinal);
        Assert.Contains("so far: 3000.", _lines[1], StringComparison.Ordinal);
        Assert.Contains("after 100 s. Calls refused: 9000.", _lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void An_outage_of_writes_is_not_over_when_reads_succeed()
    {
        _watch.Failed(Outage, isWrite: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        _watch.Answered(isWrite: false);
        Assert.True(_watch.AreWritesFailing);
        Assert.Single(_lines);

        _watch.Answered(isWrite: true);
        Assert.False(_watch.AreWritesFailing);
        Assert.False(_watch.IsTroubled);
        Assert.Equal(2, _lines.Count);
    }

    [Fact]
    public void A_store_that_fails_and_answers_by_turns_is_one_outage()
    {
        for (var turn = 0; turn < 10; turn++)
        {
            _watch.Failed(Outage, isWrite: false);
            _watch.Answered(isWrite: false);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(_lines);
    }

    [Fact]
    public void A_refused_statement_is_logged_once_an_hour_for_each_reason_and_is_no_outage()
    {
        for (var call = 0; call < 10; call++)
        {
            _watch.Failed(new StoreUnavailableException("first") { IsTransient = false }, isWrite: true);
            _watch.Failed(new StoreUnavailableException("second") { IsTransient = false }, isWrite: false);
        }

        Assert.Equal(2, _lines.Count);
        Assert.All(_lines, line => Assert.StartsWith("11 Error", line, StringComparison.Ordinal));
        Assert.True(_watch.AreWritesFailing);

        _time.Advance(TimeSpan.FromHours(1));
        _watch.Failed(new StoreUnavailableException("first") { IsTransient = false }, isWrite: true);
        Assert.Equal(3, _lines.Count);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add($"{eventId.Id} {logLevel}: {formatter(state, exception)}");
}
