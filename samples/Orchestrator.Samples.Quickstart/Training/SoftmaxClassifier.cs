using System.Collections.Immutable;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>
/// Softmax regression: class scores are linear in the features, probabilities are their softmax, and the loss is the mean
/// cross-entropy in nats. Begins with zero weights, where every class is as likely as any other.
/// </summary>
public sealed class SoftmaxClassifier
{
    private readonly int _features;
    private readonly int _classes;
    private readonly double[] _weights;
    private readonly double[] _probabilities;

    /// <param name="features">The number of features of a sample.</param>
    /// <param name="classes">The number of classes.</param>
    public SoftmaxClassifier(int features, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);

        _features = features;
        _classes = classes;
        _weights = new double[classes * (features + 1)];
        _probabilities = new double[classes];
    }

    /// <summary>The parameters, one row a class: a weight for each feature, then the bias.</summary>
    public Span<double> Weights => _weights;

    /// <summary>Computes the mean loss over a batch and its gradient with respect to <see cref="Weights"/>.</summary>
    /// <param name="batch">At least one sample.</param>
    /// <param name="gradient">Overwritten; as long as <see cref="Weights"/>.</param>
    /// <returns>The mean loss at the present weights.</returns>
    public double Gradient(ReadOnlySpan<Sample> batch, Span<double> gradient)
    {
        gradient.Clear();
        var loss = 0.0;
        foreach (var sample in batch)
        {
            loss += Forward(sample);
            for (var label = 0; label < _classes; label++)
            {
                var error = _probabilities[label] - (label == sample.Label ? 1 : 0);
                Accumulate(Row(gradient, label), sample.Features, error / batch.Length);
            }
        }

        return loss / batch.Length;
    }

    /// <summary>Takes one step of gradient descent.</summary>
    public void Descend(ReadOnlySpan<double> gradient, double learningRate)
    {
        for (var index = 0; index < _weights.Length; index++)
        {
            _weights[index] -= learningRate * gradient[index];
        }
    }

    /// <summary>The share of the samples whose most probable class is their own, from 0 to 1.</summary>
    public double Accuracy(ImmutableArray<Sample> samples)
    {
        var correct = samples.Count(sample => Predict(sample) == sample.Label);
        return (double)correct / samples.Length;
    }

    /// <summary>The most probable class of a sample.</summary>
    public int Predict(Sample sample)
    {
        Forward(sample);
        return Array.IndexOf(_probabilities, _probabilities.Max());
    }

    private static void Accumulate(Span<double> row, ImmutableArray<double> features, double error)
    {
        for (var feature = 0; feature < features.Length; feature++)
        {
            row[feature] += error * features[feature];
        }

        row[^1] += error;
    }

    private double Forward(Sample sample)
    {
        for (var label = 0; label < _classes; label++)
        {
            _probabilities[label] = Score(label, sample.Features);
        }

        // Softmax does not change when all scores shift; with the greatest at 0 no exponential overflows.
        var greatest = _probabilities.Max();
        var own = _probabilities[sample.Label] - greatest;
        var sum = 0.0;
        for (var label = 0; label < _classes; label++)
        {
            _probabilities[label] = Math.Exp(_probabilities[label] - greatest);
            sum += _probabilities[label];
        }

        for (var label = 0; label < _classes; label++)
        {
            _probabilities[label] /= sum;
        }

        return Math.Log(sum) - own;
    }

    private double Score(int label, ImmutableArray<double> features)
    {
        var row = Row(_weights, label);
        var score = row[^1];
        for (var feature = 0; feature < features.Length; feature++)
        {
            score += row[feature] * features[feature];
        }

        return score;
    }

    private Span<double> Row(Span<double> parameters, int label) => parameters.Slice(label * (_features + 1), _features + 1);
}
