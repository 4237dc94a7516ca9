using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>
/// Writes changes, and heartbeats among them, in one transaction of two round trips: it locks the runs, sees which writes fit, and stores those.
/// </summary>
internal sealed class ChangeCommit(Database database, StoreTables tables)
{
    private readonly string _lock = $"""
        SELECT {tables.Progress.Select("p")}, r.changed_at FROM {tables.Progress.Name} AS p JOIN {tables.Runs.Name} AS r ON r.id = p.run_id
        WHERE p.run_id = ANY($1) ORDER BY p.run_id FOR UPDATE OF p
        """;
    private readonly string _findKeys = $"SELECT key FROM {tables.Keys.Name} WHERE key = ANY($1)";
    private readonly EventAppend _events = new(tables);

    /// <summary>Tries once.</summary>
    /// <param name="writes">The writes.</param>
    /// <param name="results">Filled with the verdicts; those of conflicts lack the run as it stands. Of an unclear try: its verdicts.</param>
    /// <param name="isUnclear">Whether an earlier try with the same writes may have been committed, its answer lost.</param>
    /// <exception cref="StoreUnavailableException">The earlier try may have been committed, and others have gone on since.</exception>
    public async ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results, bool isUnclear)
    {
        await using var transaction = await Transaction.OpenAsync(database, CancellationToken.None).ConfigureAwait(false);
        var (stored, keys) = await LockAsync(transaction, writes).ConfigureAwait(false);
        if (isUnclear && WasCommitted(writes.Span, results.Span, stored))
        {
            // Locking has written, too: where a standby must have all, this commit waits until it has the earlier one.
            await transaction.CommitAsync([]).ConfigureAwait(false);
            return;
        }

        var changes = new ChangeSet();
        for (var i = 0; i < writes.Length; i++)
        {
            var write = writes.Span[i];
            var (row, changedAt) = stored.GetValueOrDefault(write.Run);
            results.Span[i] = changes.Decide(write, row, changedAt, keys);
        }

        if (!changes.IsEmpty)
        {
            await transaction.CommitAsync([.. Statements(changes)]).ConfigureAwait(false);
        }
    }

    private static bool WasCommitted(ReadOnlySpan<RunWrite> writes, ReadOnlySpan<CommitResult> results, Dictionary<RunId, LockedRun> stored)
    {
        var (isMarked, isUnmarked, hasMoved) = (false, false, false);
        for (var i = 0; i < writes.Length; i++)
        {
            if (results[i].Verdict != CommitVerdict.Committed)
            {
                continue;
            }

            if (writes[i].Change is not { } change)
            {
                isUnmarked = true;
            }
            else
            {
                isMarked = true;
                var row = stored.GetValueOrDefault(writes[i].Run).Progress;
                if (row?.CommitId == change.Head.CommitId)
                {
                    return true;
                }

                hasMoved |= (row?.Revision ?? 0) != writes[i].ExpectedRevision;
            }
        }

        return hasMoved || (isUnmarked && !isMarked) ? throw new StoreUnavailableException("PostgreSQL did not answer, and whether it stored the changes can no longer be told.") : false;
    }

    private IEnumerable<NpgsqlBatchCommand> Statements(ChangeSet changes)
    {
        // Whoever adds the same run or key at once waits for the other: in one order, too.
        changes.NewProgress.Sort((one, other) => string.CompareOrdinal(one.Run.Value, other.Run.Value));
        changes.Keys.Sort((one, other) => string.CompareOrdinal(one.Item.Key, other.Item.Key));
        return new[]
        {
            Write(tables.Progress.Insert, changes.NewProgress),
            Write(tables.Keys.Insert, changes.Keys),
            Write(tables.Runs.Insert, changes.NewHeads),
            Write(tables.Manifests.Insert, changes.Manifests),
            Write(tables.Progress.Update, changes.Progress),
            Write(tables.Runs.Update, changes.Heads),
            Write(tables.Transitions.Insert, changes.Transitions),
            Write(tables.Commands.Upsert, changes.Commands),
            Write(tables.Audit.Insert, changes.Audit),
            Write(_events.Append, changes.Events),
        }.OfType<NpgsqlBatchCommand>();
    }

    private static NpgsqlBatchCommand? Write<TRow>(Func<IReadOnlyList<TRow>, NpgsqlBatchCommand> write, List<TRow> rows) => rows.Count == 0 ? null : write(rows);

    private async ValueTask<(Dictionary<RunId, LockedRun> Stored, HashSet<string> Keys)> LockAsync(Transaction transaction, ReadOnlyMemory<RunWrite> writes)
    {
        var runs = new string[writes.Length];
        var keys = new List<string>();
        for (var i = 0; i < runs.Length; i++)
        {
            var write = writes.Span[i];
            runs[i] = write.Run.Value;
            if (write.Change?.Idempotency is { } record)
            {
                keys.Add(record.Key);
            }
        }

        List<NpgsqlBatchCommand> commands = [Find(_lock, runs)];
        if (keys.Count > 0)
        {
            commands.Add(Find(_findKeys, [.. keys]));
        }

        return await transaction.ExecuteAsync(commands, async reader =>
        {
            var stored = new Dictionary<RunId, LockedRun>();
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                var row = new RowReader(reader);
                var progress = ProgressTable.Read(ref row);
                stored.Add(progress.Run, new LockedRun(progress, row.Time()));
            }

            var taken = new HashSet<string>(StringComparer.Ordinal);
            await reader.NextResultAsync().ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                taken.Add(reader.GetString(0));
            }

            return (stored, taken);
        }).ConfigureAwait(false);
    }

    private static NpgsqlBatchCommand Find(string sql, string[] names) => new(sql) { Parameters = { Parameter.Of(names) } };

    /// <summary>A run as it stands, locked; the default where it does not exist.</summary>
    /// <param name="Progress">Its row.</param>
    /// <param name="ChangedAt">When its head was made. Not locked itself: it changes with the revision alone.</param>
    private readonly record struct LockedRun(ProgressRow? Progress, DateTimeOffset? ChangedAt);
}
