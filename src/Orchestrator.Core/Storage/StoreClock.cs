using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>This host's estimate of the store's clock: measured now and then, and carried on by the host's monotonic clock in between.</summary>
internal sealed class StoreClock(IRunStore store, TimeProvider time)
{
    private static readonly TimeSpan LongestGoodReading = TimeSpan.FromSeconds(1);

    private Reading? _reading;

    public ValueTask<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        _reading is { } reading ? new(At(reading)) : MeasureAsync(cancellationToken);

    /// <summary>Measures the offset anew.</summary>
    public async ValueTask<DateTimeOffset> MeasureAsync(CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var storeTime = await store.GetTimeAsync(cancellationToken).ConfigureAwait(false);
        var taken = time.GetElapsedTime(sent);
        if (taken > LongestGoodReading)
        {
            // Nobody knows when on the way the clock was read. An older reading is better; without one, behind is better than ahead.
            return At(_reading ??= new Reading(storeTime, time.GetTimestamp()));
        }

        var reading = new Reading(storeTime + (taken / 2), time.GetTimestamp());
        _reading = reading;
        return At(reading);
    }

    private DateTimeOffset At(Reading reading)
    {
        var ticks = (reading.StoreTime + time.GetElapsedTime(reading.Timestamp)).UtcTicks;
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    private sealed record Reading(DateTimeOffset StoreTime, long Timestamp);
}
