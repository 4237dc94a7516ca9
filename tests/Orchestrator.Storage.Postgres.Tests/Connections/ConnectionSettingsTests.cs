using Npgsql;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Tests.Connections;

public sealed class ConnectionSettingsTests
{
    [Fact]
    public void What_the_connection_string_leaves_open_is_set()
    {
        var settings = Read("Host=db");

        Assert.Equal("orchestrator", settings.ApplicationName);
        Assert.Equal(15, settings.CommandTimeout);
        Assert.True(settings.TcpKeepAlive);
        Assert.Equal(50, settings.MaxPoolSize);
    }

    [Theory]
    [InlineData("Host=db;Application Name=mine;Command Timeout=30;Tcp Keepalive=false;Maximum Pool Size=100")]
    [InlineData("Host=db;applicationname=mine;commandtimeout=30;tcpkeepalive=false;maxpoolsize=100")]
    public void What_the_connection_string_says_is_kept_even_where_it_is_what_Npgsql_does_by_itself(string connectionString)
    {
        var settings = Read(connectionString);

        Assert.Equal("mine", settings.ApplicationName);
        Assert.Equal(30, settings.CommandTimeout);
        Assert.False(settings.TcpKeepAlive);
        Assert.Equal(100, settings.MaxPoolSize);
    }

    [Fact]
    public void Commands_are_never_multiplexed() => Assert.False(Read("Host=db;Multiplexing=true").Multiplexing);

    private static NpgsqlConnectionStringBuilder Read(string connectionString) => new(ConnectionSettings.Of(connectionString, new PostgresStoreOptions()));
}
