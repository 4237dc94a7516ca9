using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-checkpoints-");

    private string Target => Path.Combine(_folder.FullName, "run", "checkpoint.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1003)]
    public void ResumingGoesOnAsIfNeverStopped(int stopAfter)
    {
        var unbroken = Train(new Trainer(Data, seed: 1), stopAfter);
        unbroken.LearningRate = 0.3;
        unbroken.SaveCheckpoint(Target);

        var resumed = Trainer.Resume(Target, Data);

        Assert.Equal(stopAfter, resumed.CurrentStep);
        Assert.Equal(0.3, resumed.LearningRate);
        Assert.Equal(unbroken.Weights.ToArray(), resumed.Weights.ToArray());
        for (var step = 0; step < 500; step++)
        {
            Assert.Equal(BitConverter.DoubleToInt64Bits(unbroken.Step()), BitConverter.DoubleToInt64Bits(resumed.Step()));
        }

        Assert.Equal(Bits(unbroken), Bits(resumed));
    }

    [Fact]
    public void VersionsCountUpAcrossResumes()
    {
        var trainer = new Trainer(Data, seed: 1);

        Assert.Equal(0, trainer.CheckpointVersion);
        Assert.Equal(1, trainer.SaveCheckpoint(Target));
        Assert.Equal(2, trainer.SaveCheckpoint(Target));

        var resumed = Trainer.Resume(Target, Data);
        Assert.Equal(2, resumed.CheckpointVersion);
        Assert.Equal(3, resumed.SaveCheckpoint(Target));
    }

    [Fact]
    public void AFailedSaveKeepsTheGoodCheckpointAndItsVersion()
    {
        var trainer = Train(new Trainer(Data, seed: 1), 10);
        trainer.SaveCheckpoint(Target);
        var good = Bits(trainer);
        Train(trainer, 10);
        Directory.CreateDirectory(Target + ".tmp");

        Assert.ThrowsAny<SystemException>(() => trainer.SaveCheckpoint(Target));

        Assert.Equal(1, trainer.CheckpointVersion);
        Assert.Equal(good, Bits(Trainer.Resume(Target, Data)));
    }

    [Fact]
    public void WhatATornWriteLeftBehindIsNeitherReadNorInTheWay()
    {
        var trainer = Train(new Trainer(Data, seed: 1), 10);
        trainer.SaveCheckpoint(Target);
        var whole = File.ReadAllText(Target);
        File.WriteAllText(Target + ".tmp", whole + whole);

        Assert.Equal(Bits(trainer), Bits(Trainer.Resume(Target, Data)));

        Train(trainer, 10).SaveCheckpoint(Target);
        Assert.Equal(Bits(trainer), Bits(Trainer.Resume(Target, Data)));
        Assert.Equal([Target], Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        Train(new Trainer(Data, seed: 1), 10).SaveCheckpoint(Target);
        var whole = File.ReadAllBytes(Target);

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Target, whole[..length]);
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(Target));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"version":0,"step":1,"learning_rate":0.1,"batch_size":16,"seed":1,"split_seed":1,"weights":[]}""")]
    [InlineData("""{"version":1,"step":-1,"learning_rate":0.1,"batch_size":16,"seed":1,"split_seed":1,"weights":[]}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":0,"batch_size":16,"seed":1,"split_seed":1,"weights":[]}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":1e999,"batch_size":16,"seed":1,"split_seed":1,"weights":[]}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":0.1,"batch_size":0,"seed":1,"split_seed":1,"weights":[]}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":0.1,"batch_size":16,"seed":1,"split_seed":1,"weights":null}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":0.1,"batch_size":16,"seed":1,"split_seed":1,"weights":[1,2]}""")]
    [InlineData("""{"version":1,"step":1,"learning_rate":0.1,"batch_size":16,"seed":1,"split_seed":2,"weights":[1,2]}""")]
    public void WhatCannotBeResumedIsRefused(string json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        File.WriteAllText(Target, json);

        Assert.Throws<InvalidDataException>(() => Trainer.Resume(Target, Data));
    }

    private static Trainer Train(Trainer trainer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            trainer.Step();
        }

        return trainer;
    }

    private static long[] Bits(Trainer trainer) => [.. trainer.Weights.ToArray().Select(BitConverter.DoubleToInt64Bits)];
}
