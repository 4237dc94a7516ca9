using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Tests.Hosting;

public sealed class UsePostgresTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Actor Ada = new(ActorType.Operator, "ada");

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
        var (here, there) = (one.GetRequiredService<IOrchestrator>(), other.GetRequiredService<IOrchestrator>());
        var run = (await here.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value.Value.Id;
        _ = (await here.Heartbeats.ReportAsync(run, new Heartbeat { RunId = run, Status = RuntimeStatus.Running, Step = 1, Loss = 1, SamplesPerSec = 1, CheckpointVersion = 0 })).Value;

        for (var i = 0; i < 5; i++)
        {
            var poll = there.Commands.NextAsync(run, TimeSpan.FromSeconds(60)).AsTask();
            var accepted = (await here.Commands.EnqueueAsync(run, i % 2 == 0 ? NewCommand.Pause(Ada) : NewCommand.Resume(Ada))).Value.Value;

            var delivered = (await poll.WaitAsync(Patience)).Value;
            Assert.Equal(accepted.Id, delivered?.Id);
            _ = (await there.Commands.AcknowledgeAsync(run, accepted.Id, new Acknowledgement())).Value;
        }

        Assert.Equal(RunState.Paused, (await here.Runs.GetAsync(run)).Value.State);
        Assert.True((await there.Audit.VerifyAsync(run)).Value.Valid);
    }

    private ServiceProvider NewHost(bool notifications, bool prepared)
    {
        var services = new ServiceCollection();
        services.AddOrchestrator().UsePostgres(Server.ConnectionString, options =>
            (options.Schema, options.Notifications, options.PreparedStatements) = (_schema, notifications, prepared));
        return services.BuildServiceProvider();
    }
}
