using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.RunWrite>;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>Writes plain heartbeats: whatever their number, one statement, one round trip and one commit.</summary>
internal sealed class HeartbeatCommit
{
    // HeartbeatWrite.IsAcceptedBy and Heartbeat.ApplyTo, in SQL.
    private const string Accepts = """
        p.run_id = n.run_id
        AND p.revision = n.expected_revision
        AND (n.expected_heartbeats IS NULL OR p.heartbeats = n.expected_heartbeats)
        AND (n.step IS NULL OR n.step >= p.current_step)
        AND (n.checkpoint_version IS NULL OR n.checkpoint_version >= p.checkpoint_version)
        AND (n.beat IS NULL OR p.beat IS NULL OR n.beat > p.beat)
        AND (p.last_heartbeat_at IS NULL OR (n.at >= p.last_heartbeat_at
            AND (n.status IS DISTINCT FROM p.runtime_status OR n.at >= p.last_heartbeat_at + n.min_interval * interval '1 microsecond')))
        """;

    private const string Applies = """
        heartbeats = p.heartbeats + 1,
        runtime_status = coalesce(n.status, p.runtime_status),
        last_heartbeat_at = n.at,
        advanced_at = CASE WHEN n.step > 0 AND (n.step > p.current_step OR n.status IS DISTINCT FROM p.runtime_status) THEN n.at ELSE p.advanced_at END,
        beat = coalesce(n.beat, p.beat),
        current_step = coalesce(n.step, p.current_step),
        samples_per_sec = coalesce(n.samples_per_sec, p.samples_per_sec),
        loss = coalesce(n.loss, p.loss),
        checkpoint_version = coalesce(n.checkpoint_version, p.checkpoint_version),
        checkpoint_uri = coalesce(n.checkpoint_uri, p.checkpoint_uri),
        metrics = coalesce(n.metrics::json, p.metrics),
        status_message = coalesce(n.notes, p.status_message)
        """;

    // What the heartbeat does not say itself of the progress that it leads to.
    private const string Unsaid = """
        p.heartbeats, p.advanced_at,
        CASE WHEN n.status IS NULL THEN p.runtime_status END, CASE WHEN n.beat IS NULL THEN p.beat END, CASE WHEN n.step IS NULL THEN p.current_step END,
        CASE WHEN n.samples_per_sec IS NULL THEN p.samples_per_sec END, CASE WHEN n.loss IS NULL THEN p.loss END,
        CASE WHEN n.checkpoint_version IS NULL THEN p.checkpoint_version END, CASE WHEN n.checkpoint_uri IS NULL THEN p.checkpoint_uri END,
        CASE WHEN n.metrics IS NULL THEN p.metrics END, CASE WHEN n.notes IS NULL THEN p.status_message END
        """;

    // Rows must be locked in the order in which they are sent, on every host, or batches would deadlock: each row is looked up by its key, in that order.
    // And nobody waits for a row for ever.
    private const string InOrder =
        "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true), set_config('lock_timeout', '10s', true)";

    private static readonly RowSource<RunWrite> Rows = new(
    [
        Text("run_id", write => write.Run.Value),
        Number("expected_revision", write => write.ExpectedRevision),
        Number("expected_heartbeats", write => write.ExpectedHeartbeats),
        Time("at", write => write.Heartbeat!.Value.At),
        Number("min_interval", write => ToMicroseconds(write.Heartbeat!.Value.MinInterval)),
        Text("status", write => write.Heartbeat!.Value.Heartbeat.Status?.ToWireName()),
        Number("step", write => write.Heartbeat!.Value.Heartbeat.Step),
        Double("samples_per_sec", write => write.Heartbeat!.Value.Heartbeat.SamplesPerSec),
        Double("loss", write => write.Heartbeat!.Value.Heartbeat.Loss),
        Number("checkpoint_version", write => write.Heartbeat!.Value.Heartbeat.CheckpointVersion),
        Text("checkpoint_uri", write => write.Heartbeat!.Value.Heartbeat.CheckpointUri),
        Number("beat", write => write.Heartbeat!.Value.Heartbeat.Beat),
        Text("metrics", write => write.Heartbeat!.Value.Heartbeat.Metrics is { } metrics ? StoredJson.Write(metrics) : null),
        Text("notes", write => write.Heartbeat!.Value.Heartbeat.Notes),
    ]);

    private readonly Database _database;
    private readonly string _sql;

    public HeartbeatCommit(Database database, StoreTables tables)
    {
        _database = database;
        _sql = $"UPDATE {tables.Progress.Name} AS p SET {Applies} FROM {Rows.Sql} WHERE {Accepts} RETURNING n.nth, {Unsaid}";
    }

    /// <summary>Writes heartbeats of different runs.</summary>
    /// <param name="writes">The writes, each with a heartbeat and without a change.</param>
    /// <param name="results">Filled with the verdicts; those of conflicts lack the run as it stands.</param>
    public async ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        var order = LockOrder.Of(writes.Span);
        var sorted = new RunWrite[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            sorted[i] = writes.Span[order[i]];
        }

        var update = new NpgsqlBatchCommand(_sql);
        Rows.AddTo(update, sorted);
        results.Span[..order.Length].Fill(new CommitResult(CommitVerdict.Conflict, null, null));
        await using var transaction = await Transaction.OpenAsync(_database, CancellationToken.None).ConfigureAwait(false);
        await transaction.ExecuteAloneAsync([new NpgsqlBatchCommand(InOrder), update], async reader =>
        {
            await reader.NextResultAsync().ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                var row = new RowReader(reader);
                var place = order[(int)row.Number() - 1];
                results.Span[place] = new CommitResult(CommitVerdict.Committed, Read(ref row, writes.Span[place].Heartbeat!.Value), null);
            }

            return true;
        }).ConfigureAwait(false);
    }

    private static RunProgress Read(ref RowReader row, HeartbeatWrite write)
    {
        var said = write.Heartbeat;
        var (heartbeats, advancedAt) = (row.Number(), row.TimeOrNull());
        var (status, beat, step) = (row.TextOrNull(), row.NumberOrNull(), row.NumberOrNull());
        var (samplesPerSec, loss) = (row.DoubleOrNull(), row.DoubleOrNull());
        var (checkpointVersion, checkpointUri) = (row.NumberOrNull(), row.TextOrNull());
        var (metrics, statusMessage) = (row.JsonOrNull<IReadOnlyDictionary<string, double>>(), row.TextOrNull());
        return new RunProgress
        {
            LastHeartbeatAt = write.At,
            Heartbeats = heartbeats,
            AdvancedAt = advancedAt,
            Status = said.Status ?? (status is null ? null : WireNames.RuntimeStatus(status)),
            Beat = said.Beat ?? beat,
            CurrentStep = said.Step ?? step!.Value,
            SamplesPerSec = said.SamplesPerSec ?? samplesPerSec,
            Loss = said.Loss ?? loss,
            CheckpointVersion = said.CheckpointVersion ?? checkpointVersion!.Value,
            CheckpointUri = said.CheckpointUri ?? checkpointUri,
            Metrics = said.Metrics ?? metrics,
            StatusMessage = said.Notes ?? statusMessage,
        };
    }

    private static long ToMicroseconds(TimeSpan span) => (span.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;
}
