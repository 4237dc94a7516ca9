using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>Reads notes, and writes them by compare-and-set.</summary>
internal sealed class NoteWrite(Database database, StoreTables tables)
{
    private readonly EventAppend _events = new(tables);
    private readonly string _read = $"SELECT value, version FROM {tables.Schema}.notes WHERE key = $1";
    private readonly string _insert = $"INSERT INTO {tables.Schema}.notes (key, value, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING";
    private readonly string _update = $"UPDATE {tables.Schema}.notes SET value = $2, version = version + 1 WHERE key = $1 AND version = $3";

    /// <inheritdoc cref="IRunStore.ReadNoteAsync"/>
    public ValueTask<Note?> ReadAsync(string key, CancellationToken cancellationToken) => database.ReadAsync(
        _read,
        [Parameter.Of(key)],
        async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? new Note(key, reader.GetString(0), reader.GetInt64(1)) : null,
        cancellationToken);

    /// <inheritdoc cref="IRunStore.TryWriteNoteAsync"/>
    public async ValueTask<bool> TryWriteAsync(string key, string value, long expectedVersion, RunEvent? told)
    {
        try
        {
            await using var transaction = await Transaction.OpenAsync(database, CancellationToken.None).ConfigureAwait(false);
            var write = expectedVersion == 0
                ? new NpgsqlBatchCommand(_insert) { Parameters = { Parameter.Of(key), Parameter.Of(value) } }
                : new NpgsqlBatchCommand(_update) { Parameters = { Parameter.Of(key), Parameter.Of(value), Parameter.Of(expectedVersion) } };
            if (told is null)
            {
                return await transaction.ExecuteAloneAsync([write], HasWritten).ConfigureAwait(false);
            }

            var isWritten = await transaction.ExecuteAsync([write], HasWritten).ConfigureAwait(false);
            if (isWritten)
            {
                await transaction.CommitAsync([_events.Append([told])]).ConfigureAwait(false);
            }

            return isWritten;
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            throw StoreFaults.ToUnavailable(fault);
        }
    }

    private static ValueTask<bool> HasWritten(NpgsqlDataReader reader) => new(reader.RecordsAffected == 1);
}
