using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>All that training needs to go on as if it had never stopped. Numbers survive the file bit for bit.</summary>
public sealed record Checkpoint
{
    /// <summary>Counts the checkpoints of a training, from 1; resuming goes on counting.</summary>
    public required long Version { get; init; }

    /// <summary>How many steps were taken.</summary>
    public required long Step { get; init; }

    /// <summary>The learning rate in force.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The samples of a mini-batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>What decides the shuffles; with <see cref="Step"/> it says which batch is next.</summary>
    public required int Seed { get; init; }

    /// <summary>The seed of the split trained on.</summary>
    public required int SplitSeed { get; init; }

    /// <summary>The parameters of the model.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    private bool IsPossible =>
        Version > 0 && Step >= 0 && BatchSize > 0 && LearningRate > 0 && double.IsFinite(LearningRate);

    /// <summary>Writes the checkpoint, replacing an earlier one at the same path only when it is complete on the disk.</summary>
    public void Save(string path) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, CheckpointJson.Default.Checkpoint));

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="FileNotFoundException">There is none at the path.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole checkpoint.</exception>
    public static Checkpoint Load(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            return JsonSerializer.Deserialize(stream, CheckpointJson.Default.Checkpoint) is { IsPossible: true } checkpoint
                ? checkpoint
                : throw new InvalidDataException($"'{path}' holds no checkpoint of a training.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{path}' is not a whole checkpoint.", exception);
        }
    }
}

[JsonSerializable(typeof(Checkpoint))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
internal sealed partial class CheckpointJson : JsonSerializerContext;
