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

    // Rows must be locked in the order in which they are sent, on every host, or batches would deadlock: each row is looked up by its key, in that order.
    private const string InOrder =
        "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)";

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
        _sql = $"UPDATE {tables.Progress.Name} AS p SET {Applies} FROM {Rows.Sql} WHERE {Accepts} RETURNING n.nth, {tables.Progress.Select("p")}";
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
                var nth = (int)row.Number();
                results.Span[order[nth - 1]] = new CommitResult(CommitVerdict.Committed, ProgressTable.Read(ref row).Progress, null);
            }

            return true;
        }).ConfigureAwait(false);
    }

    private static long ToMicroseconds(TimeSpan span) => (span.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;
}
