using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Storage.Conformance;

namespace Orchestrator.Storage.Postgres.Tests.Hosting;

public sealed class UsePostgresTests : IAsyncLifetime
{
    private readonly string _schema = "hosts_" + Guid.NewGuid().ToString("N");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString + ";Pooling=false");
        await using var drop = source.CreateCommand($"DROP SCHEMA IF EXISTS {_schema} CASCADE");
        await drop.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task The_store_is_the_one_that_was_chosen_last_whichever_was_registered_before()
    {
        var services = new ServiceCollection();
        services.AddOrchestrator().UsePostgres("Host=elsewhere").UsePostgres(Server.ConnectionString);
        await using var provider = services.BuildServiceProvider();

        Assert.IsType<PostgresRunStore>(Assert.Single(provider.GetServices<IRunStore>()));
    }

    [Theory]
    [InlineData("", "orchestrator")]
    [InlineData("nonsense", "orchestrator")]
    [InlineData("Host=db", "Not_lower")]
    public void What_makes_no_sense_is_refused_when_it_is_said(string connectionString, string schema) =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddOrchestrator().UsePostgres(connectionString, options => options.Schema = schema));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_command_that_one_host_accepts_is_answered_to_a_poll_that_is_parked_at_another(bool notifications, bool prepared)
    {
        await using var one = NewHost(notifications, prepared);
        await using var other = NewHost(notifications, prepared);
        await CommandExchange.CheckAsync(one.GetRequiredService<IOrchestrator>(), other.GetRequiredService<IOrchestrator>());
    }

    private ServiceProvider NewHost(bool notifications, bool prepared)
    {
        var services = new ServiceCollection();
        services.AddOrchestrator().UsePostgres(Server.ConnectionString, options =>
            (options.Schema, options.Notifications, options.PreparedStatements) = (_schema, notifications, prepared));
        return services.BuildServiceProvider();
    }
}
