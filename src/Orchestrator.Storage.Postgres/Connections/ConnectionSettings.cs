using Microsoft.Extensions.Logging;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>How the database is connected to, where the connection string does not say.</summary>
internal static class ConnectionSettings
{
    private const int PreparedStatements = 64;
    private const int StatementTimeoutSeconds = 15;

    /// <summary>The connection string, with what the store needs.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Of(string connectionString, PostgresStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Multiplexing = false,
            MaxAutoPrepare = options.PreparedStatements ? PreparedStatements : 0,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = !options.Notifications,
        };
        SetDefault("Application Name", () => settings.ApplicationName = "orchestrator");
        SetDefault("Command Timeout", () => settings.CommandTimeout = StatementTimeoutSeconds);
        SetDefault("Tcp Keepalive", () => settings.TcpKeepAlive = true);
        SetDefault("Maximum Pool Size", () => settings.MaxPoolSize = 50);
        return settings.ConnectionString;

        // ContainsKey is true for everything that Npgsql knows, whether the string has it or not.
        void SetDefault(string name, Action set)
        {
            if (!settings.ShouldSerialize(name))
            {
                set();
            }
        }
    }

    public static NpgsqlDataSource CreateSource(string connectionString, ILoggerFactory loggers)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}
