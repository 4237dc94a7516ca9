using System.Text.Json;

namespace Orchestrator.Architecture.Tests.Snippets;

/// <summary>Stands for whatever is trained.</summary>
internal sealed class Training
{
    public long Step { get; private set; }

    public long Saved { get; private set; }

    public long BatchSize { get; } = 32;

    public double LearningRate { get; private set; }

    public void Resume(JsonElement? manifest, ResumePoint? from) => Saved = manifest is null ? 0 : from?.Version ?? 0;

    public double Advance() => 1.0 / ++Step;

    public bool Set(IReadOnlyDictionary<string, double> values)
    {
        LearningRate = values.GetValueOrDefault("learning_rate", LearningRate);
        return values.ContainsKey("learning_rate");
    }

    public (long Version, string Uri) Save(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return (++Saved, $"file:///{Saved}");
    }
}
