using System.Globalization;
using Npgsql;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>The orchestrator on PostgreSQL.</summary>
internal sealed class PostgresLoad : StoreLoad
{
    private readonly string _connectionString = Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_POSTGRES")
        ?? throw new InvalidOperationException("ORCHESTRATOR_TEST_POSTGRES does not name a server: run this through eng/storage.sh");

    private readonly string _schema = "bench_" + Guid.CreateVersion7().ToString("N");
    private readonly BareStatements _bare;

    public PostgresLoad() => _bare = new BareStatements(_connectionString, _schema);

    protected override IReadOnlyList<Contestant> Bare => [new("one statement a heartbeat", _bare.ReportAloneAsync), new("bare group commit", _bare.ReportInGroupAsync)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _bare.DisposeAsync();
        await ReadAsync($"DROP SCHEMA IF EXISTS {_schema} CASCADE");
    }

    protected override void Use(OrchestratorBuilder builder) => builder.UsePostgres(_connectionString, options => options.Schema = _schema);

    protected override async Task TellOfHeartbeatsAsync()
    {
        // The sessions report what they did with a delay of up to a second.
        await Task.Delay(TimeSpan.FromSeconds(2));
        var counts = (await ReadAsync($"SELECT n_tup_upd || ' ' || n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = '{_schema}' AND relname = 'run_progress'"))
            .Split(' ').Select(count => long.Parse(count, CultureInfo.InvariantCulture)).ToArray();
        Console.WriteLine(FormattableString.Invariant($"  HOT updates of run_progress: {counts[1] / (double)counts[0]:P2} of {counts[0]:N0}"));
    }

    protected override Task SettleAsync(int runs) => ReadAsync($"VACUUM ANALYZE {_schema}.run_progress");

    private async Task<string> ReadAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync())?.ToString() ?? "";
    }
}
