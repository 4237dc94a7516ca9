using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Connections;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Commits;

/// <summary>A run that one host has found to drop is dropped by another host, and its id is used again, before the first host locks it.</summary>
public sealed class PurgeRaceTests : IAsyncLifetime
{
    private readonly string _schema = "purged_" + Guid.NewGuid().ToString("N");
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=4");
    private readonly PostgresRunStore _store;

    public PurgeRaceTests()
    {
        var options = new PostgresStoreOptions { Schema = _schema };
        var connection = ConnectionSettings.Of(Server.ConnectionString, options);
        _store = new PostgresRunStore(ConnectionSettings.CreateSource(connection), options, NullLoggerFactory.Instance);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await using (var drop = _source.CreateCommand($"DROP SCHEMA IF EXISTS {_schema} CASCADE"))
        {
            await drop.ExecuteNonQueryAsync();
        }

        await _source.DisposeAsync();
    }

    [Fact]
    public async Task The_run_that_has_the_id_by_then_is_kept_with_all_that_belongs_to_it()
    {
        await _store.StoreAsync(Creation(Head("run").Ended(Start), key: "old").Telling(1));
        var head = await _store.StoreAsync(Creation(Head("next"), key: "new").Telling(1));
        await using var connection = await _source.OpenConnectionAsync();
        await using var other = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, $"LOCK TABLE {_schema}.run_progress IN ACCESS EXCLUSIVE MODE");

        var purging = Task.Run(() => _store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None).AsTask());
        await Eventually.HoldsAsync("the host has found the run", async () => await CountAsync("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass") == 1);
        await ExecuteAsync(connection, string.Join(';', Tables.SelectMany(table => new[]
        {
            $"DELETE FROM {_schema}.{table.Name} WHERE {table.Run} = 'run'",
            $"UPDATE {_schema}.{table.Name} SET {table.Run} = 'run' WHERE {table.Run} = 'next'",
        })));
        await other.CommitAsync();

        Assert.Equal(0, await purging);
        Assert.Equal(head.CommitId, (await _store.LoadAsync("run"))!.Head.CommitId);
        Assert.Equal(Id("run"), await _store.FindByKeyAsync("new", CancellationToken.None));
        Assert.Single(await _store.ReadEventsAsync(Id("run"), 0, 9, CancellationToken.None));
    }

    private static IEnumerable<(string Name, string Run)> Tables =>
        [("runs", "id"), ("run_progress", "run_id"), ("run_manifests", "run_id"), ("idempotency_keys", "run_id"), ("run_events", "run_id")];

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = $"{_schema}.run_progress" });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
