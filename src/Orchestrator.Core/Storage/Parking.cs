namespace Orchestrator.Core.Storage;

/// <summary>How callers wait through an outage of the store: who was parked before it stays parked, and looks again when the store is back.</summary>
internal static class Parking
{
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="Gates{TKey}.WaitForAsync"/>
    /// <returns>
    /// What was found; <see langword="null"/> when the wait is over or the host stops; that the store is unavailable when it still was in the last look.
    /// </returns>
    public static async ValueTask<Result<T>?> WaitThroughOutagesAsync<TKey, T>(
        this Gates<TKey> gates, TKey key, TimeSpan wait, Func<CancellationToken, ValueTask<Look<Result<T>>>> look, CancellationToken cancellationToken)
        where TKey : notnull
    {
        Refusal? outage = null;
        var found = await gates.WaitForAsync(key, wait, LookAsync, cancellationToken).ConfigureAwait(false);
        return found ?? (outage is null ? default(Result<T>?) : new Result<T>(outage));

        async ValueTask<Look<Result<T>>> LookAsync(CancellationToken end)
        {
            var seen = await look(end).ConfigureAwait(false);
            outage = seen.Found?.Refusal is { } refusal && Refusals.IsOutage(refusal) ? refusal : null;
            return outage is null ? seen : new(null, OutagePause);
        }
    }
}
