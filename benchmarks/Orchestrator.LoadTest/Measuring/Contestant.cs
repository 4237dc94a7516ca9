namespace Orchestrator.LoadTest.Measuring;

/// <summary>One of those that are compared.</summary>
/// <param name="Name">What it is.</param>
/// <param name="RunAsync">Works for about so long, and tells what it came to.</param>
internal sealed record Contestant(string Name, Func<TimeSpan, Task<LoadResult>> RunAsync)
{
    /// <summary>Callers that do the same again and again.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="callers">How many.</param>
    /// <param name="call">One call: which caller, and its how-manieth.</param>
    /// <param name="each">How much of what is counted one call does.</param>
    public static Contestant OfCalls(string name, int callers, Func<int, int, Task> call, int each = 1) => new(name, async length =>
    {
        var result = await Load.RunAsync(callers, length, call);
        return result with { PerSecond = result.PerSecond * each };
    });
}

/// <summary>What a contestant came to, round by round.</summary>
internal sealed record Measured(string Name, IReadOnlyList<LoadResult> Rounds)
{
    public double[] PerSecond { get; } = [.. Rounds.Select(round => round.PerSecond)];

    public double[] P50 { get; } = [.. Rounds.Select(round => round.P50)];

    public double[] P99 { get; } = [.. Rounds.Select(round => round.P99)];
}

/// <summary>Lets contestants work in turn: A B C A B C …, so that what changes on the machine meanwhile meets them all.</summary>
internal static class Interleaved
{
    public static async Task<IReadOnlyList<Measured>> MeasureAsync(Effort effort, IReadOnlyList<Contestant> contestants, CancellationToken stop)
    {
        foreach (var contestant in contestants)
        {
            stop.ThrowIfCancellationRequested();
            await contestant.RunAsync(effort.WarmUp);
        }

        var results = contestants.Select(_ => new List<LoadResult>()).ToArray();
        for (var round = 0; round < effort.Rounds; round++)
        {
            for (var i = 0; i < contestants.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                results[i].Add(await contestants[i].RunAsync(effort.RoundLength));
            }
        }

        return [.. contestants.Select((contestant, i) => new Measured(contestant.Name, results[i]))];
    }
}
