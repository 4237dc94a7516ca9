using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class SoftmaxClassifierTests
{
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    [Fact]
    public void BeginsWithEveryClassEquallyLikely()
    {
        var model = new SoftmaxClassifier(Data.Features, Data.Classes);

        var loss = model.Gradient(Data.Training.AsSpan(), new double[model.Weights.Length]);

        Assert.Equal(Math.Log(3), loss, 1e-12);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(5)]
    public void GradientAgreesWithFiniteDifferences(double scale)
    {
        const double difference = 1e-6;
        var model = new SoftmaxClassifier(Data.Features, Data.Classes);
        Randomize(model, scale);
        var batch = Data.Training.AsSpan(30, 60);
        var gradient = new double[model.Weights.Length];
        var ignored = new double[model.Weights.Length];
        model.Gradient(batch, gradient);

        for (var index = 0; index < gradient.Length; index++)
        {
            var weight = model.Weights[index];
            model.Weights[index] = weight + difference;
            var above = model.Gradient(batch, ignored);
            model.Weights[index] = weight - difference;
            var below = model.Gradient(batch, ignored);
            model.Weights[index] = weight;

            Assert.Equal((above - below) / (2 * difference), gradient[index], 1e-7);
        }
    }

    [Fact]
    public void LossIsTheMeanOverTheSamples()
    {
        var model = new SoftmaxClassifier(Data.Features, Data.Classes);
        Randomize(model, scale: 1);
        var ignored = new double[model.Weights.Length];

        var each = Data.Training.Select(sample => model.Gradient([sample], ignored)).Average();

        Assert.Equal(each, model.Gradient(Data.Training.AsSpan(), ignored), 1e-12);
    }

    [Fact]
    public void StaysFiniteWhenScoresAreHuge()
    {
        var model = new SoftmaxClassifier(Data.Features, Data.Classes);
        Randomize(model, scale: 1e6);
        var gradient = new double[model.Weights.Length];

        var loss = model.Gradient(Data.Training.AsSpan(), gradient);

        Assert.True(double.IsFinite(loss));
        Assert.All(gradient, slope => Assert.True(double.IsFinite(slope)));
    }

    [Fact]
    public void PredictsTheClassWithTheGreatestScore()
    {
        var model = new SoftmaxClassifier(features: 1, classes: 3);
        model.Weights[2] = 1;
        model.Weights[5] = 1;

        Assert.Equal(1, model.Predict(new Sample([2], 0)));
        Assert.Equal(0.5, model.Accuracy([new Sample([2], 1), new Sample([2], 0)]));
    }

    private static void Randomize(SoftmaxClassifier model, double scale)
    {
        var random = new Random(1);
        foreach (ref var weight in model.Weights)
        {
            weight = scale * ((2 * random.NextDouble()) - 1);
        }
    }
}
