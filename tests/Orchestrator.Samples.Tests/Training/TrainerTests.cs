using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class TrainerTests
{
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LearnsToTellTheSpeciesApart(int seed)
    {
        var trainer = new Trainer(DataSplit.Stratified(IrisData.Load(), seed), seed);
        var losses = Losses(trainer, 2000);

        Assert.Equal(Math.Log(3), losses[0], 1e-12);
        Assert.True(losses[^100..].Average() < 0.25 * losses[0]);
        Assert.True(trainer.TestAccuracy() >= 0.9);
        Assert.Equal(2000, trainer.CurrentStep);
    }

    [Fact]
    public void LearnsFasterWithAGreaterLearningRate()
    {
        var slow = new Trainer(Data, seed: 1, learningRate: 0.01);
        var tuned = new Trainer(Data, seed: 1, learningRate: 0.01);
        var before = Losses(slow, 200);

        Assert.Equal(before, Losses(tuned, 200));
        tuned.LearningRate = 0.2;

        Assert.True(Losses(tuned, 200)[^50..].Average() < 0.8 * Losses(slow, 200)[^50..].Average());
    }

    [Fact]
    public void RepeatsItselfBitForBit()
    {
        var one = new Trainer(Data, seed: 1);
        var two = new Trainer(Data, seed: 1);

        Assert.Equal(Losses(one, 500), Losses(two, 500));
        Assert.Equal(one.Weights.ToArray(), two.Weights.ToArray());
    }

    [Fact]
    public void AnotherSeedTrainsInAnotherOrder()
    {
        Assert.NotEqual(Losses(new Trainer(Data, seed: 1), 20), Losses(new Trainer(Data, seed: 2), 20));
    }

    [Fact]
    public void CountsTheSamplesItHasSeen()
    {
        var trainer = new Trainer(Data, seed: 1, batchSize: 16);

        Losses(trainer, 8);

        Assert.Equal(Data.Training.Length, trainer.SamplesSeen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void RefusesALearningRateThatCannotTrain(double learningRate)
    {
        var trainer = new Trainer(Data, seed: 1, learningRate: 0.1);

        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.LearningRate = learningRate);
        Assert.Equal(0.1, trainer.LearningRate);
    }

    private static double[] Losses(Trainer trainer, int steps) => [.. Enumerable.Range(0, steps).Select(_ => trainer.Step())];
}
