using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Tests;

/// <summary>Stores in schemas of their own. A schema is used again when its test is over: to empty one is faster than to create one.</summary>
/// <param name="configure">Sets options.</param>
public sealed class PostgresStores(Action<PostgresStoreOptions>? configure = null) : IStoreFactory
{
    private static readonly ConcurrentBag<string> Empty = [];
    private static readonly NpgsqlDataSource Cleaners = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=4");

    /// <summary>As behind a pooler that shares connections between transactions.</summary>
    public static PostgresStores BehindPooler { get; } = new(options => (options.Notifications, options.PreparedStatements) = (false, false));

    public ValueTask<IStoreSpace> CreateAsync()
    {
        var options = new PostgresStoreOptions { Schema = Empty.TryTake(out var schema) ? schema : "test_" + Guid.NewGuid().ToString("N") };
        configure?.Invoke(options);
        return new(new Space(options));
    }

    private sealed class Space(PostgresStoreOptions options) : IStoreSpace
    {
        private readonly List<PostgresRunStore> _stores = [];

        public ValueTask<IRunStore> OpenAsync()
        {
            var connection = ConnectionSettings.Of(Server.ConnectionString, options);
            var store = new PostgresRunStore(ConnectionSettings.CreateSource(connection), options, NullLoggerFactory.Instance);
            _stores.Add(store);
            return new(store);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var store in _stores)
            {
                await store.DisposeAsync();
            }

            string[] tables = ["runs", "run_progress", "run_manifests", "run_state_transitions", "run_commands", "control_audit", "idempotency_keys", "run_events", "feed_drops", "notes"];
            await using var batch = Cleaners.CreateBatch();
            foreach (var table in tables)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"DELETE FROM {options.Schema}.{table}"));
            }

            batch.BatchCommands.Add(new NpgsqlBatchCommand($"UPDATE {options.Schema}.feed_head SET position = 0, drops = 0"));
            await batch.ExecuteNonQueryAsync();
            Empty.Add(options.Schema);
        }
    }
}
