namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>
/// Trains a classifier by mini-batch stochastic gradient descent, one step a call. The same data, seed and learning rates give the
/// same weights, bit for bit, whether or not training was resumed from a checkpoint in between. Not for use by many threads at once.
/// </summary>
public sealed class Trainer
{
    private readonly DataSplit _data;
    private readonly int _seed;
    private readonly int _batchSize;
    private readonly MiniBatches _batches;
    private readonly SoftmaxClassifier _model;
    private readonly double[] _gradient;

    /// <summary>Begins a training.</summary>
    /// <param name="data">What to train on and to be measured by.</param>
    /// <param name="seed">Decides the order of the samples.</param>
    /// <param name="learningRate">The learning rate to begin with, above 0.</param>
    /// <param name="batchSize">The samples of a mini-batch, at least 1.</param>
    public Trainer(DataSplit data, int seed, double learningRate = 0.05, int batchSize = 16)
    {
        _data = data;
        _seed = seed;
        _batchSize = batchSize;
        _batches = new MiniBatches(data.Training, batchSize, seed);
        _model = new SoftmaxClassifier(data.Features, data.Classes);
        _gradient = new double[_model.Weights.Length];
        LearningRate = learningRate;
    }

    /// <summary>How many steps were taken.</summary>
    public long CurrentStep { get; private set; }

    /// <summary>How many samples the steps so far have gone through, a sample counted in every epoch.</summary>
    public long SamplesSeen => _batches.SamplesBefore(CurrentStep);

    /// <summary>The version of the newest checkpoint; 0 before the first.</summary>
    public long CheckpointVersion { get; private set; }

    /// <summary>The size of a step, above 0; what is set holds from the next step on.</summary>
    public double LearningRate
    {
        get;
        set
        {
            if (!double.IsFinite(value) || value <= 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate is a finite number above 0.");
            }

            field = value;
        }
    }

    /// <summary>The parameters of the model.</summary>
    public ReadOnlySpan<double> Weights => _model.Weights;

    /// <summary>Takes one step.</summary>
    /// <returns>The mean loss over the step's batch, at the weights before the step.</returns>
    public double Step()
    {
        var loss = _model.Gradient(_batches.At(CurrentStep), _gradient);
        _model.Descend(_gradient, LearningRate);
        CurrentStep++;
        return loss;
    }

    /// <summary>The share of the held-out samples that the model classifies correctly, from 0 to 1.</summary>
    public double TestAccuracy() => _model.Accuracy(_data.Test);

    /// <summary>Saves a checkpoint, replacing the one at the path only when the new one is complete on the disk.</summary>
    /// <returns>The version of the new checkpoint.</returns>
    public long SaveCheckpoint(string path)
    {
        var checkpoint = new Checkpoint
        {
            Version = CheckpointVersion + 1,
            Step = CurrentStep,
            LearningRate = LearningRate,
            BatchSize = _batchSize,
            Seed = _seed,
            SplitSeed = _data.Seed,
            Weights = [.. _model.Weights],
        };
        checkpoint.Save(path);
        return CheckpointVersion = checkpoint.Version;
    }

    /// <summary>Goes on from a checkpoint: the next step is the one that would have followed it.</summary>
    /// <exception cref="FileNotFoundException">There is no checkpoint at the path.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole checkpoint, or not one of a training on this data.</exception>
    public static Trainer Resume(string path, DataSplit data)
    {
        var checkpoint = Checkpoint.Load(path);

        // On another split it would train on samples that the first training held out, and the test accuracy would flatter.
        if (checkpoint.SplitSeed != data.Seed)
        {
            throw new InvalidDataException($"'{path}' was trained on split {checkpoint.SplitSeed}, not {data.Seed}.");
        }

        var trainer = new Trainer(data, checkpoint.Seed, checkpoint.LearningRate, checkpoint.BatchSize)
        {
            CurrentStep = checkpoint.Step,
            CheckpointVersion = checkpoint.Version,
        };
        if (checkpoint.Weights.Count != trainer.Weights.Length)
        {
            throw new InvalidDataException(
                $"'{path}' has {checkpoint.Weights.Count} weights, the model has {trainer.Weights.Length}.");
        }

        checkpoint.Weights.ToArray().CopyTo(trainer._model.Weights);
        return trainer;
    }
}
