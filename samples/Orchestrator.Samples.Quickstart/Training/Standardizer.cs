using System.Collections.Immutable;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>Shifts and scales features so that those it was fitted to have mean 0 and standard deviation 1.</summary>
internal sealed class Standardizer
{
    private readonly double[] _mean;
    private readonly double[] _deviation;

    private Standardizer(double[] mean, double[] deviation)
    {
        _mean = mean;
        _deviation = deviation;
    }

    public static Standardizer Fit(IReadOnlyCollection<Sample> samples)
    {
        var features = samples.First().Features.Length;
        var mean = new double[features];
        var deviation = new double[features];
        for (var feature = 0; feature < features; feature++)
        {
            mean[feature] = samples.Average(sample => sample.Features[feature]);
            deviation[feature] = Math.Sqrt(samples.Average(sample => Math.Pow(sample.Features[feature] - mean[feature], 2)));
        }

        return new Standardizer(mean, deviation);
    }

    public Sample Transform(Sample sample)
    {
        var features = ImmutableArray.CreateBuilder<double>(sample.Features.Length);
        for (var feature = 0; feature < sample.Features.Length; feature++)
        {
            features.Add((sample.Features[feature] - _mean[feature]) / _deviation[feature]);
        }

        return sample with { Features = features.MoveToImmutable() };
    }
}
