using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage;
using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Hosting;
using Orchestrator.Storage.Postgres.Schema;

namespace Orchestrator;

/// <summary>Keeps runs in PostgreSQL.</summary>
public static class PostgresOrchestratorBuilderExtensions
{
    /// <summary>
    /// Keeps runs in a PostgreSQL database (15 or newer), which any number of hosts may share. What was acknowledged survives the end of the hosts and,
    /// with the server's <c>fsync</c> and <c>synchronous_commit</c> on, of the server.
    /// </summary>
    /// <param name="builder">The orchestrator's builder.</param>
    /// <param name="connectionString">The database, as Npgsql takes it. Multiplexing is not used, whatever it says.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">The connection string or an option makes no sense.</exception>
    public static OrchestratorBuilder UsePostgres(this OrchestratorBuilder builder, string connectionString, Action<PostgresStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        var options = new PostgresStoreOptions();
        configure?.Invoke(options);
        SchemaName.Check(options.Schema, nameof(configure));
        var checkedString = ConnectionSettings.Of(connectionString, options);
        builder.Services.RemoveAll<IRunStore>();
        builder.Services.AddSingleton<IRunStore>(provider =>
        {
            var loggers = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
            return new PostgresRunStore(ConnectionSettings.CreateSource(checkedString), options, loggers);
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck>());
        return builder;
    }
}
