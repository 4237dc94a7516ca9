using Npgsql;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>A transaction in as few round trips as its decisions need. One that is not committed is rolled back when it is disposed of.</summary>
internal sealed class Transaction : IAsyncDisposable
{
    // https://www.postgresql.org/docs/15/warm-standby.html#SYNCHRONOUS-REPLICATION: a wait for a standby that is cancelled warns, and the commit may not be replicated.
    private const string Warning = "01000";

    // Every statement must see what was committed while it waited for a lock, whatever isolation the database has by default.
    // A host that stands still with the rows of runs locked must not hold up the others: it loses them, and who waited too long is told, with nothing stored.
    private static readonly string[] Begin = ["BEGIN ISOLATION LEVEL READ COMMITTED", "SET LOCAL lock_timeout = '10s'", "SET LOCAL idle_in_transaction_session_timeout = '20s'"];

    private readonly NpgsqlConnection _connection;
    private bool _isWarned;
    private bool _isBegun;

    private Transaction(NpgsqlConnection connection)
    {
        _connection = connection;
        _connection.Notice += OnNotice;
    }

    public static async ValueTask<Transaction> OpenAsync(Database database, CancellationToken cancellationToken) =>
        new(await database.OpenAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Executes statements in one round trip, the first of a transaction with its begin.</summary>
    /// <param name="commands">The statements.</param>
    /// <param name="read">Reads their answers, each after <see cref="NpgsqlDataReader.NextResultAsync(CancellationToken)"/> but the first.</param>
    public async ValueTask<T> ExecuteAsync<T>(IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, ValueTask<T>> read)
    {
        await using var batch = new NpgsqlBatch(_connection);
        if (!_isBegun)
        {
            Add(batch, Begin.Select(sql => new NpgsqlBatchCommand(sql)));
            _isBegun = true;
        }

        Add(batch, commands);

        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        return await read(reader).ConfigureAwait(false);
    }

    /// <summary>Executes the last statements, and commits, in one round trip.</summary>
    /// <exception cref="LostReplyException">It may be committed.</exception>
    /// <exception cref="StoreUnavailableException">It may be committed, but not where it must be.</exception>
    public async ValueTask CommitAsync(IReadOnlyList<NpgsqlBatchCommand> commands)
    {
        await using var batch = NewCommit();
        Add(batch, commands);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        try
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (StoreFaults.IsOutcomeUnknown(fault))
        {
            throw new LostReplyException(fault);
        }

        ThrowIfWarned();
    }

    /// <summary>Executes statements as a transaction of their own, in one round trip.</summary>
    /// <exception cref="StoreUnavailableException">It may be committed, but not where it must be, or the answer cannot be read.</exception>
    public async ValueTask<T> ExecuteAloneAsync<T>(IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, ValueTask<T>> read)
    {
        await using var batch = NewCommit();
        Add(batch, commands);
        T result;
        await using (var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                result = await read(reader).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is not PostgresException && !StoreFaults.IsUnavailable(fault))
            {
                throw new StoreUnavailableException("What PostgreSQL answered to a commit cannot be read.", fault);
            }

            // To the end of the answer: only then it is committed.
            while (await reader.NextResultAsync().ConfigureAwait(false))
            {
            }
        }

        ThrowIfWarned();
        return result;
    }

    public ValueTask DisposeAsync()
    {
        _connection.Notice -= OnNotice;
        return _connection.DisposeAsync();
    }

    // A commit is never cancelled or timed out: its outcome would be unknown.
    private NpgsqlBatch NewCommit() => new(_connection) { Timeout = 0 };

    private static void Add(NpgsqlBatch batch, IEnumerable<NpgsqlBatchCommand> commands)
    {
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e) => _isWarned |= e.Notice.SqlState == Warning;

    private void ThrowIfWarned()
    {
        if (_isWarned)
        {
            throw new StoreUnavailableException("PostgreSQL committed without its standby.");
        }
    }
}
