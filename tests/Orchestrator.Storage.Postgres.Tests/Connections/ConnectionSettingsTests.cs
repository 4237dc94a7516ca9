using Npgsql;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Tests.Connections;

public sealed class ConnectionSettingsTests
{
    [Fact]
    public void What_the_connection_string_does_not_say_is_set()
    {
        var settings = Of("Host=db", new PostgresStoreOptions());

        Assert.Equal(("orchestrator", 15, true, 20, 64), (settings.ApplicationName, settings.CommandTimeout, settings.TcpKeepAlive, settings.MaxPoolSize, settings.MaxAutoPrepare));
        Assert.Contains("plan_cache_mode=force_generic_plan", settings.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_says_stays()
    {
        var settings = Of("Host=db;ApplicationName=mine;CommandTimeout=3;TCP Keepalive=false;Maximum Pool Size=7;Options=-c work_mem=1MB", new PostgresStoreOptions());

        Assert.Equal(("mine", 3, false, 7, "-c work_mem=1MB"), (settings.ApplicationName, settings.CommandTimeout, settings.TcpKeepAlive, settings.MaxPoolSize, settings.Options));
    }

    [Fact]
    public void Behind_a_pooler_nothing_is_prepared_and_no_option_is_sent_that_it_may_refuse()
    {
        var settings = Of("Host=db;Max Auto Prepare=9", new PostgresStoreOptions { PreparedStatements = false });

        Assert.Equal((0, null), (settings.MaxAutoPrepare, settings.Options));
    }

    [Fact]
    public void A_text_that_is_no_connection_string_is_refused() =>
        Assert.Throws<ArgumentException>(() => ConnectionSettings.Of("nonsense", new PostgresStoreOptions()));

    private static NpgsqlConnectionStringBuilder Of(string connectionString, PostgresStoreOptions options) => new(ConnectionSettings.Of(connectionString, options));
}
