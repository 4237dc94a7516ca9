using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Tests.Connections;

/// <summary>
/// A store in a schema whose own triggers and view raise SQLSTATEs. The id of the run says where and which: <c>c-22012</c> when it is created, <c>h-22012</c> when
/// it is written again, <c>r-22012</c> when it is read.
/// </summary>
internal sealed class RaisingStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=2");

    private RaisingStore(PostgresStoreOptions options, string settings)
    {
        Options = options;
        Store = new PostgresRunStore(ConnectionSettings.CreateSource(ConnectionSettings.Of(Server.ConnectionString + settings, options)), options, NullLoggerFactory.Instance);
    }

    public PostgresStoreOptions Options { get; }

    public PostgresRunStore Store { get; }

    /// <param name="settings">What is added to the connection string of the store.</param>
    public static async Task<RaisingStore> CreateAsync(string settings = "")
    {
        var raising = new RaisingStore(new PostgresStoreOptions { Schema = "raising_" + Guid.NewGuid().ToString("N") }, settings);
        await raising.Store.GetTimeAsync(CancellationToken.None);
        return raising;
    }

    /// <summary>From now on the rows raise.</summary>
    public async Task ArmAsync() => await ExecuteAsync($"""
        SET search_path = {Options.Schema};
        CREATE SEQUENCE raised;
        CREATE FUNCTION raise(state text) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN PERFORM nextval('{Options.Schema}.raised'); RAISE EXCEPTION 'raised by a test' USING ERRCODE = state; END $$;
        CREATE FUNCTION on_write() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.run_id LIKE (CASE TG_OP WHEN 'INSERT' THEN 'c-%' ELSE 'h-%' END) THEN PERFORM {Options.Schema}.raise(substr(NEW.run_id, 3)); END IF;
                RETURN NEW;
            END $$;
        CREATE TRIGGER raises BEFORE INSERT OR UPDATE ON run_progress FOR EACH ROW EXECUTE FUNCTION on_write();
        ALTER TABLE runs RENAME TO kept_runs;
        CREATE VIEW runs AS SELECT * FROM kept_runs WHERE CASE WHEN id LIKE 'r-%' THEN {Options.Schema}.raise(substr(id, 3)) ELSE true END;
        """);

    /// <summary>How often a row has raised.</summary>
    public async Task<long> CountAsync() =>
        (long)(await ExecuteAsync($"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {Options.Schema}.raised"))!;

    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await ExecuteAsync($"DROP SCHEMA {Options.Schema} CASCADE");
        await _source.DisposeAsync();
    }
}
