using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Connections;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Versions;

/// <summary>A database that a host of a newer version uses as well.</summary>
public sealed class NewerVersionTests : IAsyncLifetime
{
    private readonly PostgresStoreOptions _options = new() { Schema = "newer_" + Guid.NewGuid().ToString("N") };
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=2");
    private readonly PostgresRunStore _store;

    public NewerVersionTests()
    {
        var connection = ConnectionSettings.Of(Server.ConnectionString, _options);
        _store = new PostgresRunStore(ConnectionSettings.CreateSource(connection), _options, NullLoggerFactory.Instance);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await ExecuteAsync($"DROP SCHEMA IF EXISTS {_options.Schema} CASCADE");
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task Columns_that_a_newer_version_added_keep_their_values_through_every_write_of_this_one()
    {
        string[] tables = ["runs", "run_progress", "run_commands", "run_manifests"];
        var head = await _store.StoreAsync(Creation(Head("run")));
        head = await _store.StoreAsync(Changing(head, with: change => change with { Commands = [Command(head.Id, 1)] }));
        for (var n = 0; n < 10; n++)
        {
            // So often that the statement is prepared: it outlives the change of its tables.
            Assert.NotNull(await _store.LoadAsync("run", manifest: true));
        }

        foreach (var table in tables)
        {
            await ExecuteAsync($"ALTER TABLE {_options.Schema}.{table} ADD COLUMN newer text; UPDATE {_options.Schema}.{table} SET newer = 'kept'");
        }

        await _store.CommitAsync(Beating(head, Beat(head.Id, 1, Start)));
        head = await _store.StoreAsync(Changing(
            head,
            running => running with { State = RunState.Running },
            change => change with { Progress = RunProgress.None with { CurrentStep = 2 }, Commands = [Command(head.Id, 1, CommandStatus.Delivered)] }));
        await _store.StoreAsync(Creation(Head("another")));

        Assert.Equal(2, (await _store.LoadAsync("run"))!.Progress.CurrentStep);
        foreach (var table in tables)
        {
            Assert.Equal("kept", await ReadAsync($"SELECT newer FROM {_options.Schema}.{table} WHERE {(table == "runs" ? "id" : "run_id")} = 'run'"));
        }
    }

    [Fact]
    public async Task Events_that_a_newer_version_wrote_are_read_with_their_places_and_no_page_ends_at_them()
    {
        var head = await _store.StoreAsync(Creation(Head("run")).Telling([.. Enumerable.Range(1, 30).Select(n => (long)n)]));
        await ExecuteAsync(
            $$"""
            UPDATE {{_options.Schema}}.run_events SET type = 'run.painted', data = '{"colour":"red"}' WHERE sequence BETWEEN 5 AND 24;
            UPDATE {{_options.Schema}}.run_events SET type = 'run.heartbeat_refused', data = '{"code":"a_newer_reason"}' WHERE sequence = 26
            """);

        var told = await _store.ReadWholeFeedAsync(limit: 7);

        Assert.Equal(Enumerable.Range(1, 30).Select(n => (long)n), told.Select(one => one.Sequence));
        Assert.Equal([.. Enumerable.Range(5, 20).Select(n => (long)n), 26], told.Where(one => !one.IsKnown).Select(one => one.Sequence));
        Assert.All(told, one => Assert.Equal(head.Id, one.RunId));
        Assert.Equal(told.Select(one => one.IsKnown), (await _store.ReadEventsAsync(head.Id, 0, 99, CancellationToken.None)).Select(one => one.IsKnown));
    }

    [Fact]
    public async Task A_position_in_a_form_of_a_newer_version_is_told_from_one_that_is_not_kept() =>
        await Assert.ThrowsAsync<FormatException>(async () => await _store.ReadFeedAsync("v2.17.3.1f"));

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string?> ReadAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync();
    }
}
