using Npgsql;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>How the database is connected to, where the connection string does not say.</summary>
internal static class ConnectionSettings
{
    private const int PreparedStatements = 64;
    private const int StatementTimeoutSeconds = 15;
    private const int KeepAliveSeconds = 10;

    // One follows the feed, one tells the other hosts, and one is for everything else.
    private const int LeastPoolSize = 3;

    // Four hosts and what else connects fit into the 100 connections that PostgreSQL allows by default.
    private const int DefaultPoolSize = 20;

    // Each statement looks rows up by an index, whatever the size of the tables was when it was planned. To plan it anew for each call would take longer
    // than to execute it. A database may be serializable by default; the statements are written for READ COMMITTED, and would be broken off.
    private const string ServerOptions = @"-c default_transaction_isolation=read\ committed -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /// <summary>The connection string, with what the store needs.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Of(string connectionString, PostgresStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Multiplexing = false,
            MaxAutoPrepare = options.PreparedStatements ? PreparedStatements : 0,
            AutoPrepareMinUsages = 2,
            // Nothing that we do to a connection outlives its transaction, but LISTEN, which is taken back.
            NoResetOnClose = true,
        };
        SetDefault("Application Name", () => settings.ApplicationName = "orchestrator");
        SetDefault("Command Timeout", () => settings.CommandTimeout = StatementTimeoutSeconds);
        if (options is { PreparedStatements: true, Notifications: true })
        {
            // A pooler may refuse it.
            SetDefault("Options", () => settings.Options = ServerOptions);
        }

        SetDefault("Tcp Keepalive", () => settings.TcpKeepAlive = true);
        SetDefault("Tcp Keepalive Time", () => settings.TcpKeepAliveTime = KeepAliveSeconds);
        SetDefault("Tcp Keepalive Interval", () => settings.TcpKeepAliveInterval = KeepAliveSeconds);
        SetDefault("Maximum Pool Size", () => settings.MaxPoolSize = DefaultPoolSize);
        return settings.MaxPoolSize >= LeastPoolSize
            ? settings.ConnectionString
            : throw new ArgumentException($"Maximum Pool Size must be at least {LeastPoolSize}", nameof(connectionString));

        // ContainsKey is true for everything that Npgsql knows, whether the string has it or not.
        void SetDefault(string name, Action set)
        {
            if (!settings.ShouldSerialize(name))
            {
                set();
            }
        }
    }

    public static NpgsqlDataSource CreateSource(string connectionString)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        return builder.Build();
    }
}
