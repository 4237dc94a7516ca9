using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Tests;

/// <summary>Stores in schemas of their own.</summary>
/// <param name="configure">Sets options.</param>
public sealed class PostgresStores(Action<PostgresStoreOptions>? configure = null) : IStoreFactory
{
    /// <summary>As behind a pooler that shares connections between transactions.</summary>
    public static PostgresStores BehindPooler { get; } = new(options => (options.Notifications, options.PreparedStatements) = (false, false));

    public ValueTask<IStoreSpace> CreateAsync()
    {
        var options = new PostgresStoreOptions { Schema = "test_" + Guid.NewGuid().ToString("N") };
        configure?.Invoke(options);
        return new(new Space(options));
    }

    private sealed class Space(PostgresStoreOptions options) : IStoreSpace
    {
        private readonly List<PostgresRunStore> _stores = [];

        public ValueTask<IRunStore> OpenAsync()
        {
            var connection = ConnectionSettings.Of(Server.ConnectionString, options);
            var store = new PostgresRunStore(ConnectionSettings.CreateSource(connection, NullLoggerFactory.Instance), options, NullLoggerFactory.Instance);
            _stores.Add(store);
            return new(store);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var store in _stores)
            {
                await store.DisposeAsync();
            }

            await using var source = NpgsqlDataSource.Create(Server.ConnectionString + ";Pooling=false");
            await using var drop = source.CreateCommand($"DROP SCHEMA IF EXISTS {options.Schema} CASCADE");
            await drop.ExecuteNonQueryAsync();
        }
    }
}
