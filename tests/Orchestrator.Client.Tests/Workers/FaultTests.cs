using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>What goes on beside a training outlives what nobody expects.</summary>
public sealed class FaultTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_fault_beside_the_training_is_logged_and_heartbeats_and_commands_go_on()
    {
        // The pause after a fault has its timer.
        var clock = new FalteringClock(_bench.Time, below: _bench.Options.Interval);
        var log = new EventLog();
        var run = await _bench.TakeAsync(options: _bench.Options with { TimeProvider = clock, Logger = log });
        run.OnTune = _ => TuneResult.Applied();

        for (var faults = 1; faults <= 10; faults++)
        {
            _bench.Line.Break(Operation.Next, Kind.Cut, times: 1);
            clock.Falter();
            await _bench.UntilAsync(() => log.Events.Count(name => name == "WorkerFaulted") == faults);
        }

        var accepted = _bench.Line.Accepted.Count;
        var tune = await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Applied && _bench.Line.Accepted.Count > accepted + 3);
        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));
    }

    [Fact]
    public async Task A_log_that_throws_disturbs_neither_the_training_nor_what_is_told()
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = new BrokenLog() });
        run.OnTune = _ => TuneResult.Applied();
        _bench.Line.Break(Operation.Heartbeat, Kind.Throw, times: 2);
        _bench.Line.Break(Operation.Next, Kind.Cut, times: 2);

        var tune = await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Applied);

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));
        Assert.Equal(RunState.Completed, (await _bench.SeeAsync(run)).State);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    /// <summary>A clock that has no short timer when it falters.</summary>
    private sealed class FalteringClock(TimeProvider inner, TimeSpan below) : TimeProvider
    {
        private int _faults;

        public override long TimestampFrequency => inner.TimestampFrequency;

        public void Falter() => Volatile.Write(ref _faults, 1);

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime < below && Interlocked.Exchange(ref _faults, 0) > 0
                ? throw new InvalidOperationException("There are no timers left.")
                : inner.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class BrokenLog : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("The disk is full.");
    }
}
