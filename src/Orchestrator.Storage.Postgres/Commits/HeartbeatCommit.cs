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
        AND (n.expected_commit IS NULL OR p.commit_id = n.expected_commit)
        AND (n.expected_heartbeats IS NULL OR p.heartbeats = n.expected_heartbeats)
        AND (n.step IS NULL OR n.step >= p.current_step)
        AND (n.checkpoint_version IS NULL OR n.checkpoint_version >= p.checkpoint_version)
        AND (n.beat IS NULL OR p.beat IS NULL OR n.beat > p.beat)
        AND (p.last_heartbeat_at IS NULL OR (n.at >= p.last_heartbeat_at
            AND (n.status IS DISTINCT FROM p.runtime_status OR p.last_heartbeat_at <= n.throttled_before)))
        """;

    private const string Applies = """
        heartbeats = p.heartbeats + 1,
        runtime_status = coalesce(n.status, p.runtime_status),
        last_heartbeat_at = n.at,
        advanced_at = CASE WHEN n.step > 0 AND (n.step > p.current_step OR n.status IS DISTINCT FROM p.runtime_status) THEN n.at ELSE p.advanced_at END,
        beat = coalesce(n.beat, p.beat),
        current_step = coalesce(n.step, p.current_step),
        samples_per_sec = n.samples_per_sec,
        loss = n.loss,
        checkpoint_version = coalesce(n.checkpoint_version, p.checkpoint_version),
        checkpoint_step = CASE WHEN n.checkpoint_version > p.checkpoint_version THEN coalesce(n.step, p.current_step) ELSE p.checkpoint_step END,
        checkpoint_uri = CASE WHEN n.checkpoint_version > p.checkpoint_version THEN n.checkpoint_uri ELSE coalesce(n.checkpoint_uri, p.checkpoint_uri) END,
        metrics = coalesce(n.metrics::json, p.metrics),
        status_message = coalesce(n.notes, p.status_message)
        """;

    // What the heartbeat does not say itself of the progress that it leads to: what few say, and then what nearly all do.
    private const string Unsaid = """
        p.heartbeats, p.advanced_at, p.checkpoint_step, CASE WHEN n.beat IS NULL THEN p.beat END, CASE WHEN n.checkpoint_uri IS NULL THEN p.checkpoint_uri END,
        CASE WHEN n.metrics IS NULL THEN p.metrics END, CASE WHEN n.notes IS NULL THEN p.status_message END
        """;

    private const string RarelyUnsaid = """
        , CASE WHEN n.status IS NULL THEN p.runtime_status END, CASE WHEN n.step IS NULL THEN p.current_step END,
        CASE WHEN n.checkpoint_version IS NULL THEN p.checkpoint_version END
        """;

    // Rows must be locked in the order in which they are sent, on every host, or batches would deadlock: each row is looked up by its key, in that order.
    // And nobody waits for a row for ever.
    private const string InOrder =
        "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true), set_config('lock_timeout', '10s', true)";

    private static readonly IReadOnlyList<Column<RunWrite>> Said =
    [
        Text("run_id", write => write.Run.Value),
        Number("expected_revision", write => write.ExpectedRevision),
        Id("expected_commit", write => write.ExpectedCommit),
        Time("at", write => write.Heartbeat!.Value.At),
        Time("throttled_before", write => ThrottledBefore(write.Heartbeat!.Value)),
        Text("status", write => write.Heartbeat!.Value.Heartbeat.Status?.ToWireName()),
        Number("step", write => write.Heartbeat!.Value.Heartbeat.Step),
        Double("samples_per_sec", write => write.Heartbeat!.Value.Heartbeat.SamplesPerSec),
        Double("loss", write => write.Heartbeat!.Value.Heartbeat.Loss),
        Number("checkpoint_version", write => write.Heartbeat!.Value.Heartbeat.CheckpointVersion),
    ];

    // What few heartbeats say. To send an array of nothing costs as much as to send one of something.
    private static readonly IReadOnlyList<(Column<RunWrite> Column, Func<RunWrite, bool> IsSaid)> SaidByFew =
    [
        (Number("expected_heartbeats", write => write.ExpectedHeartbeats), write => write.ExpectedHeartbeats is not null),
        (Number("beat", write => write.Heartbeat!.Value.Heartbeat.Beat), write => write.Heartbeat!.Value.Heartbeat.Beat is not null),
        (Text("checkpoint_uri", write => write.Heartbeat!.Value.Heartbeat.CheckpointUri), write => write.Heartbeat!.Value.Heartbeat.CheckpointUri is not null),
        (Text("metrics", write => write.Heartbeat!.Value.Heartbeat.Metrics is { } metrics ? StoredJson.Write(metrics) : null), write => write.Heartbeat!.Value.Heartbeat.Metrics is not null),
        (Text("notes", write => write.Heartbeat!.Value.Heartbeat.Notes), write => write.Heartbeat!.Value.Heartbeat.Notes is not null),
    ];

    private readonly Database _database;
    private readonly StoreTables _tables;

    // By what few say, bit n for the n-th of them, and the last for what nearly all do.
    private readonly Statement?[] _statements = new Statement?[2 << SaidByFew.Count];

    public HeartbeatCommit(Database database, StoreTables tables)
    {
        _database = database;
        _tables = tables;
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

        var statement = StatementFor(sorted);
        results.Span[..order.Length].Fill(new CommitResult(CommitVerdict.Conflict, null, null));
        await using var transaction = await Transaction.OpenAsync(_database, CancellationToken.None).ConfigureAwait(false);
        await transaction.ExecuteAloneAsync([new NpgsqlBatchCommand(InOrder), statement.For(sorted)], async reader =>
        {
            await reader.NextResultAsync().ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                var row = new RowReader(reader);
                var place = order[(int)row.Number() - 1];
                results.Span[place] = new CommitResult(CommitVerdict.Committed, Read(ref row, writes.Span[place].Heartbeat!.Value, statement.IsWhole), null);
            }

            return true;
        }).ConfigureAwait(false);
    }

    private static RunProgress Read(ref RowReader row, HeartbeatWrite write, bool isWhole)
    {
        var said = write.Heartbeat;
        var (heartbeats, advancedAt, checkpointStep) = (row.Number(), row.TimeOrNull(), row.Number());
        var (beat, checkpointUri) = (row.NumberOrNull(), row.TextOrNull());
        var (metrics, statusMessage) = (row.JsonOrNull<IReadOnlyDictionary<string, double>>(), row.TextOrNull());
        var (status, step, checkpointVersion) = isWhole ? default : (row.TextOrNull(), row.NumberOrNull(), row.NumberOrNull());
        return new RunProgress
        {
            LastHeartbeatAt = write.At,
            Heartbeats = heartbeats,
            AdvancedAt = advancedAt,
            Status = said.Status ?? (status is null ? null : WireNames.RuntimeStatus(status)),
            Beat = said.Beat ?? beat,
            CurrentStep = said.Step ?? step!.Value,
            SamplesPerSec = said.SamplesPerSec,
            Loss = said.Loss,
            CheckpointVersion = said.CheckpointVersion ?? checkpointVersion!.Value,
            CheckpointStep = checkpointStep,
            CheckpointUri = said.CheckpointUri ?? checkpointUri,
            Metrics = said.Metrics ?? metrics,
            StatusMessage = said.Notes ?? statusMessage,
        };
    }

    private static bool IsWhole(RunWrite write) =>
        write.Heartbeat!.Value.Heartbeat is { Status: not null, Step: not null, CheckpointVersion: not null };

    private Statement StatementFor(RunWrite[] writes)
    {
        var said = Array.TrueForAll(writes, IsWhole) ? 1 << SaidByFew.Count : 0;
        for (var i = 0; i < SaidByFew.Count; i++)
        {
            said |= Array.Exists(writes, write => SaidByFew[i].IsSaid(write)) ? 1 << i : 0;
        }

        return _statements[said] ??= new Statement(_tables, said);
    }

    /// <summary>When the heartbeat before must have come at the latest, for this one not to be throttled; in whole microseconds, as the database keeps time.</summary>
    private static DateTimeOffset ThrottledBefore(HeartbeatWrite write)
    {
        var ticks = Math.Max(0, write.At.UtcTicks - write.MinInterval.Ticks);
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    /// <summary>The statement for heartbeats that say some of what few do.</summary>
    private sealed class Statement
    {
        private readonly RowSource<RunWrite> _rows;
        private readonly string _sql;

        public Statement(StoreTables tables, int said)
        {
            var few = SaidByFew.Select((row, i) => (row.Column, IsSaid: (said & (1 << i)) != 0)).ToList();
            _rows = new RowSource<RunWrite>(
                [.. Said, .. few.Where(row => row.IsSaid).Select(row => row.Column)], [.. few.Where(row => !row.IsSaid).Select(row => row.Column)]);
            IsWhole = (said & (1 << SaidByFew.Count)) != 0;
            _sql = $"UPDATE {tables.Progress.Name} AS p SET {Applies} FROM {_rows.Sql} WHERE {Accepts} RETURNING n.nth, {Unsaid}{(IsWhole ? "" : RarelyUnsaid)}";
        }

        /// <summary>Whether the heartbeats say all that nearly all do.</summary>
        public bool IsWhole { get; }

        public NpgsqlBatchCommand For(IReadOnlyList<RunWrite> writes)
        {
            var command = new NpgsqlBatchCommand(_sql);
            _rows.AddTo(command, writes);
            return command;
        }
    }
}
