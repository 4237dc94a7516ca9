namespace Orchestrator.Storage.Redis.Rows;

/// <summary>The progress of a run, field by field, in the order of <c>PROGRESS</c> in <c>layout.lua</c>; and of that, what a heartbeat says itself.</summary>
internal static class ProgressRow
{
    /// <summary>How many fields there are.</summary>
    public const int Width = 13;

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
        values.Add(progress.CheckpointStep);
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
        CheckpointStep = Field.Number(row[9]) ?? 0,
        CheckpointUri = Field.Text(row[10]),
        Metrics = Metrics(row[11]),
        StatusMessage = Field.Text(row[12]),
    };

    /// <summary>When a heartbeat comes, the least time since the one before, and what it says.</summary>
    public static void Write(List<RedisValue> values, in HeartbeatWrite write)
    {
        var said = write.Heartbeat;
        values.Add(Field.Microseconds(write.At));
        values.Add(Field.Of((TimeSpan?)write.MinInterval));
        values.Add(Of(said.Status));
        values.Add(Field.Counter(said.Beat));
        values.Add(Field.Counter(said.Step));
        values.Add(Field.Of(said.SamplesPerSec));
        values.Add(Field.Of(said.Loss));
        values.Add(Field.Counter(said.CheckpointVersion));
        values.Add(Field.Of(said.CheckpointUri));
        values.Add(Of(said.Metrics));
        values.Add(Field.Of(said.Notes));
    }

    /// <summary>The progress after a heartbeat, from what <c>heartbeats.lua</c> answers: what it was before.</summary>
    public static RunProgress Read(ReadOnlySpan<RedisResult> row, in HeartbeatWrite write)
    {
        var before = new RunProgress
        {
            Heartbeats = (long)row[0],
            AdvancedAt = Field.Time(row[1]),
            Status = Status(row[2]),
            Beat = Field.Number(row[3]),
            CurrentStep = (long)row[4],
            CheckpointVersion = (long)row[5],
            CheckpointStep = Field.Number(row[6]) ?? 0,
            CheckpointUri = Field.Text(row[7]),
            Metrics = Metrics(row[8]),
            StatusMessage = Field.Text(row[9]),
        };
        return write.Heartbeat.ApplyTo(before, write.At);
    }

    private static RedisValue Of(RuntimeStatus? status) => status is { } value ? value.ToWireName() : Field.Empty;

    private static RedisValue Of(IReadOnlyDictionary<string, double>? metrics) => metrics is null ? Field.Empty : StoredJson.Write(metrics);

    private static RuntimeStatus? Status(RedisResult field) => field.IsNull ? null
        : RuntimeStatuses.TryParse((string)field!, out var status) ? status
        : throw new FormatException($"the unknown status {field} is stored");

    private static IReadOnlyDictionary<string, double>? Metrics(RedisResult field) =>
        field.IsNull ? null : StoredJson.Read<IReadOnlyDictionary<string, double>>((string)field!);
}
