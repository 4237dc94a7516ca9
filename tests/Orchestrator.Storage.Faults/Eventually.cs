namespace Orchestrator.Storage.Faults;

/// <summary>Waits for what other processes do: looks again and again, and fails when it has not come about in good time.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, () => new ValueTask<bool>(condition()));

    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan patience) => HoldsAsync(what, () => new ValueTask<bool>(condition()), patience);

    public static Task HoldsAsync(string what, Func<ValueTask<bool>> condition) => HoldsAsync(what, condition, Patience);

    private static async Task HoldsAsync(string what, Func<ValueTask<bool>> condition, TimeSpan patience)
    {
        using var timer = new PeriodicTimer(Interval);
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < patience, $"It did not come about that {what}.");
            await timer.WaitForNextTickAsync();
        }
    }
}
