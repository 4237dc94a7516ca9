using System.Collections.Immutable;
using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class MiniBatchesTests
{
    private static readonly ImmutableArray<Sample> Samples = [.. Enumerable.Range(0, 10).Select(index => new Sample([index], 0))];

    [Fact]
    public void SeeEverySampleOnceAnEpoch()
    {
        var batches = new MiniBatches(Samples, batchSize: 4, seed: 1);

        for (var epoch = 0; epoch < 5; epoch++)
        {
            var sizes = Enumerable.Range(epoch * 3, 3).Select(step => Batch(batches, step).Length);
            var seen = Enumerable.Range(epoch * 3, 3).SelectMany(step => Batch(batches, step));

            Assert.Equal([4, 4, 2], sizes);
            Assert.Equal(Enumerable.Range(0, 10).Select(index => (double)index), seen.Order());
        }
    }

    [Fact]
    public void AreShuffledAnewEachEpoch()
    {
        var batches = new MiniBatches(Samples, batchSize: 10, seed: 1);

        var orders = Enumerable.Range(0, 50).Select(epoch => string.Join(' ', Batch(batches, epoch)));

        Assert.Equal(50, orders.Distinct().Count());
    }

    [Fact]
    public void FollowFromTheSeedAndTheStepWhateverWasAskedBefore()
    {
        var inOrder = new MiniBatches(Samples, batchSize: 4, seed: 1);
        var expected = Enumerable.Range(0, 30).Select(step => Batch(inOrder, step)).ToArray();
        var backwards = new MiniBatches(Samples, batchSize: 4, seed: 1);

        for (var step = 29; step >= 0; step--)
        {
            Assert.Equal(expected[step], Batch(backwards, step));
        }
    }

    [Fact]
    public void CountTheSamplesTheyHaveGiven()
    {
        var batches = new MiniBatches(Samples, batchSize: 4, seed: 1);
        var given = 0L;

        for (var step = 0; step < 20; step++)
        {
            Assert.Equal(given, batches.SamplesBefore(step));
            given += Batch(batches, step).Length;
        }
    }

    private static double[] Batch(MiniBatches batches, long step) => [.. batches.At(step).ToArray().Select(sample => sample.Features[0])];
}
