using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class DataSplitTests
{
    [Fact]
    public void HoldsOutAFifthOfEveryClass()
    {
        var split = DataSplit.Stratified(IrisData.Load(), seed: 1);

        Assert.Equal([40, 40, 40], PerClass(split.Training));
        Assert.Equal([10, 10, 10], PerClass(split.Test));
        Assert.Equal(3, split.Classes);
        Assert.Equal(4, split.Features);
    }

    [Fact]
    public void SharesNoSampleBetweenTheParts()
    {
        // Distinct by construction: the irises themselves hold one plant's measurements twice.
        var samples = Enumerable.Range(0, 150).Select(index => new Sample([index, index % 7], index % 3)).ToArray();

        var split = DataSplit.Stratified(samples, seed: 1);

        var all = split.Training.Concat(split.Test).Select(sample => sample.Features[0]);
        Assert.Equal(150, all.Distinct().Count());
    }

    [Fact]
    public void StandardisesByTheTrainingPartAlone()
    {
        var split = DataSplit.Stratified(IrisData.Load(), seed: 1);

        for (var feature = 0; feature < split.Features; feature++)
        {
            Assert.Equal(0, split.Training.Average(sample => sample.Features[feature]), 1e-12);
            Assert.Equal(1, split.Training.Average(sample => Math.Pow(sample.Features[feature], 2)), 1e-12);
            Assert.NotEqual(0, split.Test.Average(sample => sample.Features[feature]), 1e-3);
        }
    }

    [Fact]
    public void FollowsFromTheSeed()
    {
        var samples = IrisData.Load();

        Assert.Equal(Features(DataSplit.Stratified(samples, seed: 1)), Features(DataSplit.Stratified(samples, seed: 1)));
        Assert.NotEqual(Features(DataSplit.Stratified(samples, seed: 1)), Features(DataSplit.Stratified(samples, seed: 2)));
    }

    private static IEnumerable<int> PerClass(IEnumerable<Sample> samples) =>
        samples.CountBy(sample => sample.Label).OrderBy(pair => pair.Key).Select(pair => pair.Value);

    private static IEnumerable<double> Features(DataSplit split) =>
        split.Training.Concat(split.Test).SelectMany(sample => sample.Features);
}
