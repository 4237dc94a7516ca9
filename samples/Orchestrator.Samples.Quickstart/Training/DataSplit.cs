using System.Collections.Immutable;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>A data set in two parts: one to train on, one held out to measure what was learned.</summary>
public sealed class DataSplit
{
    private const double TestShare = 0.2;

    private DataSplit(int seed, ImmutableArray<Sample> training, ImmutableArray<Sample> test)
    {
        Seed = seed;
        Training = training;
        Test = test;
        Classes = training.Max(sample => sample.Label) + 1;
        Features = training[0].Features.Length;
    }

    /// <summary>What decided which sample fell into which part.</summary>
    public int Seed { get; }

    /// <summary>The samples to train on, every feature with mean 0 and standard deviation 1.</summary>
    public ImmutableArray<Sample> Training { get; }

    /// <summary>The samples held out, on the scale of the training part.</summary>
    public ImmutableArray<Sample> Test { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of features of each sample.</summary>
    public int Features { get; }

    /// <summary>Holds out a fifth of every class. The same samples and seed give the same split.</summary>
    /// <param name="samples">The whole data set, features as measured.</param>
    /// <param name="seed">Decides which samples are held out.</param>
    public static DataSplit Stratified(IReadOnlyCollection<Sample> samples, int seed)
    {
        var random = new Random(seed);
        var training = new List<Sample>();
        var test = new List<Sample>();
        foreach (var stratum in samples.GroupBy(sample => sample.Label).OrderBy(group => group.Key))
        {
            var shuffled = stratum.ToArray();
            random.Shuffle(shuffled);
            var held = (int)Math.Round(shuffled.Length * TestShare);
            test.AddRange(shuffled[..held]);
            training.AddRange(shuffled[held..]);
        }

        // Statistics of the held-out samples would leak them into training.
        var standardizer = Standardizer.Fit(training);
        return new DataSplit(
            seed,
            [.. training.Select(standardizer.Transform)],
            [.. test.Select(standardizer.Transform)]);
    }
}
