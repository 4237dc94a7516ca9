using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>Drops runs that ended, each with all that belongs to it.</summary>
internal sealed class Purge
{
    private readonly Database _database;
    private readonly string _find;
    private readonly string _lock;
    private readonly string[] _drops;

    public Purge(Database database, StoreTables tables)
    {
        _database = database;
        _find = $"SELECT id FROM {tables.Runs.Name} WHERE ended_at < $1 ORDER BY ended_at, ordinal LIMIT $2";

        // Another host may have dropped a run that was found, and the id may have been used again: what is locked has ended, too. From then on nothing
        // drops or changes it, since all of that locks its row first.
        _lock = $"""
            SELECT p.run_id FROM {tables.Progress.Name} AS p JOIN {tables.Runs.Name} AS r ON r.id = p.run_id
            WHERE p.run_id = ANY($1) AND r.ended_at < $2 ORDER BY p.run_id FOR UPDATE OF p
            """;
        var feed = tables.Schema;
        _drops =
        [
            $"DELETE FROM {tables.Runs.Name} WHERE id = ANY($1)",
            .. new[] { tables.Progress.Name, tables.Manifests.Name, tables.Transitions.Name, tables.Commands.Name, tables.Audit.Name, tables.Keys.Name }
                .Select(table => $"DELETE FROM {table} WHERE run_id = ANY($1)"),
            $"""
            WITH gone AS (DELETE FROM {tables.Events.Name} WHERE run_id = ANY($1) RETURNING position),
                newest AS (SELECT max(position) AS up_to FROM gone HAVING count(*) > 0),
                head AS (UPDATE {feed}.feed_head SET drops = drops + 1 FROM newest RETURNING drops, newest.up_to),
                passed AS (DELETE FROM {feed}.feed_drops AS d USING head WHERE d.up_to <= head.up_to)
            INSERT INTO {feed}.feed_drops (drop_number, up_to) SELECT drops, up_to FROM head
            """,
        ];
    }

    /// <inheritdoc cref="IRunStore.PurgeAsync"/>
    public async ValueTask<int> RunAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        try
        {
            // Another host may be at the same runs: whoever comes second looks for further ones.
            var dropped = 0;
            var isMore = true;
            while (isMore && dropped < limit)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var asked = limit - dropped;
                var (found, gone) = await DropAsync(endedBefore, asked).ConfigureAwait(false);
                dropped += gone;
                isMore = found == asked && gone < found;
            }

            return dropped;
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            throw StoreFaults.ToUnavailable(fault);
        }
    }

    private async ValueTask<(int Found, int Dropped)> DropAsync(DateTimeOffset endedBefore, int limit)
    {
        await using var transaction = await Transaction.OpenAsync(_database, CancellationToken.None).ConfigureAwait(false);
        var found = await transaction
            .ExecuteAsync([new NpgsqlBatchCommand(_find) { Parameters = { Parameter.Of(endedBefore), Parameter.Of(limit) } }], ReadIdsAsync)
            .ConfigureAwait(false);
        if (found.Length == 0)
        {
            return (0, 0);
        }

        var locked = await transaction
            .ExecuteAsync([new NpgsqlBatchCommand(_lock) { Parameters = { Parameter.Of(found), Parameter.Of(endedBefore) } }], ReadIdsAsync)
            .ConfigureAwait(false);
        if (locked.Length > 0)
        {
            await transaction.CommitAsync([.. _drops.Select(sql => With(sql, locked))]).ConfigureAwait(false);
        }

        return (found.Length, locked.Length);
    }

    private static NpgsqlBatchCommand With(string sql, string[] runs) => new(sql) { Parameters = { Parameter.Of(runs) } };

    private static async ValueTask<string[]> ReadIdsAsync(NpgsqlDataReader reader)
    {
        var ids = new List<string>();
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            ids.Add(reader.GetString(0));
        }

        return [.. ids];
    }
}
