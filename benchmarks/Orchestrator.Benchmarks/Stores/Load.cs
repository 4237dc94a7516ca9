using System.Diagnostics;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>Callers that do the same again and again, each as soon as its last call was answered.</summary>
internal static class Load
{
    /// <summary>Lets callers work for a while.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="duration">How long.</param>
    /// <param name="call">One call: which caller, and its how-manieth.</param>
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan duration, Func<int, int, Task> call)
    {
        var begin = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>(1 << 14);
            for (var n = 0; Stopwatch.GetElapsedTime(begin) < duration; n++)
            {
                var sent = Stopwatch.GetTimestamp();
                await call(caller, n);
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return own;
        })));
        return LoadResult.Of([.. latencies.SelectMany(own => own)], Stopwatch.GetElapsedTime(begin));
    }
}

/// <summary>What a load came to.</summary>
internal sealed record LoadResult(double PerSecond, double P50, double P99)
{
    public static LoadResult Of(double[] milliseconds, TimeSpan elapsed)
    {
        Array.Sort(milliseconds);
        return new LoadResult(milliseconds.Length / elapsed.TotalSeconds, At(milliseconds, 0.50), At(milliseconds, 0.99));
    }

    /// <summary>The median of rounds, number by number.</summary>
    public static LoadResult Median(IReadOnlyList<LoadResult> rounds) =>
        new(Median(rounds.Select(round => round.PerSecond)), Median(rounds.Select(round => round.P50)), Median(rounds.Select(round => round.P99)));

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    public override string ToString() => FormattableString.Invariant($"{PerSecond,9:N0}/s   p50 {P50,6:F2} ms   p99 {P99,6:F2} ms");

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? double.NaN : sorted[(int)((sorted.Length - 1) * share)];
}
