using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.Postgres.Tables.ProgressRow>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>A row of <c>run_progress</c>: what heartbeats change, what guards it, and when the run is due.</summary>
internal sealed record ProgressRow(
    RunId Run, long Revision, RunProgress Progress, DateTimeOffset SignAt, DateTimeOffset? DueAt, TimeSpan? DueAfterSilence, TimeSpan? DueAfterStandstill, Guid CommitId)
{
    public static ProgressRow Of(RunHead head, RunProgress progress) =>
        new(head.Id, head.Revision, progress, head.LastSignAt ?? head.CreatedAt, head.DueAt, head.DueAfterSilence, head.DueAfterStandstill, head.CommitId);
}

/// <summary>The table <c>run_progress</c>.</summary>
internal static class ProgressTable
{
    public static Table<ProgressRow> In(string schema) => new(
        schema + ".run_progress",
        keys: [Text("run_id", row => row.Run.Value)],
        constants: [],
        variables:
        [
            Number("revision", row => row.Revision),
            Number("heartbeats", row => row.Progress.Heartbeats),
            Text("runtime_status", row => row.Progress.Status?.ToWireName()),
            Time("last_heartbeat_at", row => row.Progress.LastHeartbeatAt),
            Time("advanced_at", row => row.Progress.AdvancedAt),
            Number("beat", row => row.Progress.Beat),
            Number("current_step", row => row.Progress.CurrentStep),
            Double("samples_per_sec", row => row.Progress.SamplesPerSec),
            Double("loss", row => row.Progress.Loss),
            Number("checkpoint_version", row => row.Progress.CheckpointVersion),
            Number("checkpoint_step", row => row.Progress.CheckpointStep),
            Text("checkpoint_uri", row => row.Progress.CheckpointUri),
            Json("metrics", row => row.Progress.Metrics is { } metrics ? StoredJson.Write(metrics) : null),
            Text("status_message", row => row.Progress.StatusMessage),
            Time("sign_at", row => row.SignAt),
            Time("due_at", row => row.DueAt),
            Number("due_after_silence", row => row.DueAfterSilence?.Ticks),
            Number("due_after_standstill", row => row.DueAfterStandstill?.Ticks),
            Id("commit_id", row => row.CommitId),
        ]);

    public static ProgressRow Read(ref RowReader row) => new(
        RunId.Parse(row.Text()),
        row.Number(),
        new RunProgress
        {
            Heartbeats = row.Number(),
            Status = row.TextOrNull() is { } status ? WireNames.RuntimeStatus(status) : null,
            LastHeartbeatAt = row.TimeOrNull(),
            AdvancedAt = row.TimeOrNull(),
            Beat = row.NumberOrNull(),
            CurrentStep = row.Number(),
            SamplesPerSec = row.DoubleOrNull(),
            Loss = row.DoubleOrNull(),
            CheckpointVersion = row.Number(),
            CheckpointStep = row.Number(),
            CheckpointUri = row.TextOrNull(),
            Metrics = row.JsonOrNull<IReadOnlyDictionary<string, double>>(),
            StatusMessage = row.TextOrNull(),
        },
        row.Time(),
        row.TimeOrNull(),
        row.SpanOrNull(),
        row.SpanOrNull(),
        row.Id());
}
