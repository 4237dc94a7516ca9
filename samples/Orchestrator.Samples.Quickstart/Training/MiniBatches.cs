using System.Collections.Immutable;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>
/// The order in which samples are trained on: each epoch sees every sample once, shuffled anew. Any step's batch can be asked for,
/// since the order follows from the seed and the epoch alone, so training can resume anywhere without replaying what went before.
/// </summary>
public sealed class MiniBatches
{
    private readonly ImmutableArray<Sample> _samples;
    private readonly Sample[] _shuffled;
    private readonly int _batchSize;
    private readonly int _seed;
    private readonly int _batchesPerEpoch;
    private long _epoch = -1;

    /// <param name="samples">What to train on, at least one.</param>
    /// <param name="batchSize">The samples of a batch, at least 1; the last batch of an epoch may be smaller.</param>
    /// <param name="seed">Decides the shuffles.</param>
    public MiniBatches(ImmutableArray<Sample> samples, int batchSize, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);

        _samples = samples;
        _shuffled = new Sample[samples.Length];
        _batchSize = batchSize;
        _seed = seed;
        _batchesPerEpoch = (int)Math.Ceiling((double)samples.Length / batchSize);
    }

    /// <summary>The batch of a step, counted from 0; valid until the next call.</summary>
    public ReadOnlySpan<Sample> At(long step)
    {
        var (epoch, batch) = Math.DivRem(step, _batchesPerEpoch);
        if (epoch != _epoch)
        {
            Shuffle(epoch);
        }

        var start = (int)batch * _batchSize;
        return _shuffled.AsSpan(start, Math.Min(_batchSize, _shuffled.Length - start));
    }

    /// <summary>How many samples all steps before this one have gone through.</summary>
    public long SamplesBefore(long step)
    {
        var (epoch, batch) = Math.DivRem(step, _batchesPerEpoch);
        return (epoch * _samples.Length) + (batch * _batchSize);
    }

    private void Shuffle(long epoch)
    {
        _samples.CopyTo(_shuffled);

        // Multiplying spreads neighbouring epochs over all seeds; generators with neighbouring seeds begin alike.
        var random = new Random(unchecked(_seed ^ (int)(epoch * 0x9E3779B1)));
        random.Shuffle(_shuffled);
        _epoch = epoch;
    }
}
