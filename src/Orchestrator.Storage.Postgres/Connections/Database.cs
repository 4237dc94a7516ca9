using Npgsql;
using Orchestrator.Storage.Postgres.Schema;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>The way to the database. Whatever keeps it from answering is one fault of the port.</summary>
internal sealed class Database(NpgsqlDataSource source, Migrator migrator) : IAsyncDisposable
{
    private const int MostTries = 10;

    /// <summary>Opens a connection to a database whose tables are there.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached, or does not have what this version needs.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await migrator.EnsureAsync(source, cancellationToken).ConfigureAwait(false);
            return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (UnfitDatabaseException fault)
        {
            throw new StoreUnavailableException(fault.Message, fault) { IsTransient = false };
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            throw StoreFaults.ToUnavailable(fault);
        }
    }

    /// <summary>Reads, in one statement and so of one moment.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="read">Reads the rows.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public async ValueTask<T> ReadAsync<T>(
        string sql, IReadOnlyCollection<NpgsqlParameter> parameters, Func<NpgsqlDataReader, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            await using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(parameter);
            }

            try
            {
                await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                return await read(reader, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (StoreFaults.IsLostRace(fault) && tries < MostTries)
            {
                // A database that is serializable by default breaks off reads as well. The next try takes the parameters.
                command.Parameters.Clear();
            }
            catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
            {
                throw StoreFaults.ToUnavailable(fault);
            }
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
