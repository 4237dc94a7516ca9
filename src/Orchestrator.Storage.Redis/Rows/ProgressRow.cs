namespace Orchestrator.Storage.Redis.Rows;

/// <summary>The progress of a run, field by field, in the order of <c>PROGRESS</c> in <c>layout.lua</c>; and of that, what a heartbeat says itself.</summary>
internal static class ProgressRow
{
    /// <summary>How many fields there are.</summary>
    public const int Width = 12;

    public static void Write(List<RedisValue> values, RunProgress progress)
    {
        values.Add(progress.Heartbeats);
        values.Add(Field.Of(progress.LastHeartbeatAt));
        values.Add(Field.Of(progress.AdvancedAt));
        values.Add(Of(progress.Status));
        values.Add(Field.Of(progress.Beat));
        values.Add(progress.CurrentStep);
        values.Add(Field.Of(progress.SamplesPerSec));
        values.Add(Field.Of(progress.Loss));
        values.Add(progress.CheckpointVersion);
        values.Add(Field.Of(progress.CheckpointUri));
        values.Add(Of(progress.Metrics));
        values.Add(Field.Of(progress.StatusMessage));
    }

    public static RunProgress Read(ReadOnlySpan<RedisResult> row) => new()
    {
        Heartbeats = (long)row[0],
        LastHeartbeatAt = Field.Time(row[1]),
        AdvancedAt = Field.Time(row[2]),
        Status = Status(row[3]),
        Beat = Field.Number(row[4]),
        CurrentStep = (long)row[5],
        SamplesPerSec = Field.Double(row[6]),
        Loss = Field.Double(row[7]),
        CheckpointVersion = (long)row[8],
        CheckpointUri = Field.Text(row[9]),
        Metrics = Metrics(row[10]),
        StatusMessage = Field.Text(row[11]),
    };

    /// <summary>When a heartbeat comes, the least time since the one before, and what it says.</summary>
    public static void Write(List<RedisValue> values, in HeartbeatWrite write)
    {
        var said = write.Heartbeat;
        values.Add(Field.Microseconds(write.At));
        values.Add(Field.Of((TimeSpan?)write.MinInterval));
        values.Add(Of(said.Status));
        values.Add(Field.Of(said.Beat));
        values.Add(Field.Of(said.Step));
        values.Add(Field.Of(said.SamplesPerSec));
        values.Add(Field.Of(said.Loss));
        values.Add(Field.Of(said.CheckpointVersion));
        values.Add(Field.Of(said.CheckpointUri));
        values.Add(Of(said.Metrics));
        values.Add(Field.Of(said.Notes));
    }

    /// <summary>The progress after a heartbeat, as <c>heartbeats.lua</c> answers it: what the heartbeat does not say itself is as it was.</summary>
    public static RunProgress Read(ReadOnlySpan<RedisResult> row, in HeartbeatWrite write)
    {
        var said = write.Heartbeat;
        return new RunProgress
        {
            Heartbeats = (long)row[0],
            LastHeartbeatAt = write.At,
            AdvancedAt = Field.Time(row[1]),
            Status = said.Status ?? Status(row[2]),
            Beat = said.Beat ?? Field.Number(row[3]),
            CurrentStep = said.Step ?? (long)row[4],
            CheckpointVersion = said.CheckpointVersion ?? (long)row[5],
            CheckpointUri = said.CheckpointUri ?? Field.Text(row[6]),
            Metrics = said.Metrics ?? Metrics(row[7]),
            StatusMessage = said.Notes ?? Field.Text(row[8]),
            SamplesPerSec = said.SamplesPerSec ?? Field.Double(row[9]),
            Loss = said.Loss ?? Field.Double(row[10]),
        };
    }

    private static RedisValue Of(RuntimeStatus? status) => status is { } value ? value.ToWireName() : Field.Empty;

    private static RedisValue Of(IReadOnlyDictionary<string, double>? metrics) => metrics is null ? Field.Empty : StoredJson.Write(metrics);

    private static RuntimeStatus? Status(RedisResult field) => field.IsNull ? null
        : RuntimeStatuses.TryParse((string)field!, out var status) ? status
        : throw new FormatException($"the unknown status {field} is stored");

    private static IReadOnlyDictionary<string, double>? Metrics(RedisResult field) =>
        field.IsNull ? null : StoredJson.Read<IReadOnlyDictionary<string, double>>((string)field!);
}
