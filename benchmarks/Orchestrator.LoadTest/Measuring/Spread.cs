namespace Orchestrator.LoadTest.Measuring;

/// <summary>What the rounds came to.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    public static Spread Of(IReadOnlyCollection<double> rounds) => new(LoadResult.Median(rounds), rounds.Min(), rounds.Max());

    /// <summary>Round by round, so that what disturbed a round disturbs both sides of its ratio.</summary>
    public static Spread OfRatios(IEnumerable<double> ours, IEnumerable<double> theirs) => Of([.. ours.Zip(theirs, (our, their) => our / their)]);
}
