using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Schema;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Schema;

/// <summary>What a host of an earlier version wrote is read and changed by one of this version.</summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    // As the first version writes a run that is running, with a heartbeat and an idempotency key.
    private const string Rows = """
        INSERT INTO runs (id, experiment_id, version_id, priority, labels, created_at, state, attempt, worker_id, claimed, health_status, kept_refusals,
            loss_diverged, tuned, command_count, event_count, transition_count, audit_count, changed_at)
        VALUES ('run', 'exp', 'v1', 0, '{"gpu":"a100"}', '2026-01-31 12:00:00+00', 'running', 1, 'w', true, 'healthy', 0, false, '{}', 0, 0, 0, 0, '2026-01-31 12:00:00+00');
        INSERT INTO run_progress (run_id, revision, heartbeats, runtime_status, last_heartbeat_at, current_step, checkpoint_version, sign_at, commit_id)
        VALUES ('run', 3, 1, 'running', '2026-01-31 12:00:00+00', 5, 2, '2026-01-31 12:00:00+00', '01234567-89ab-7def-8123-456789abcdef');
        INSERT INTO idempotency_keys (key, run_id, request_hash) VALUES ('key', 'run', 'hash')
        """;

    private readonly string _schema = "upgraded_" + Guid.NewGuid().ToString("N");
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=2");
    private readonly PostgresRunStore _store;

    public UpgradeTests()
    {
        var options = new PostgresStoreOptions { Schema = _schema };
        _store = new PostgresRunStore(ConnectionSettings.CreateSource(ConnectionSettings.Of(Server.ConnectionString, options)), options, NullLoggerFactory.Instance);
    }

    public async ValueTask InitializeAsync()
    {
        const string versions = "CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())";
        await ExecuteAsync($"CREATE SCHEMA {_schema}; SET search_path = {_schema}; {versions}; {Migration.All[0].Sql}; INSERT INTO schema_migrations VALUES (1, 'initial'); {Rows}");
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await ExecuteAsync($"DROP SCHEMA {_schema} CASCADE");
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task A_run_of_the_first_version_lacks_what_it_did_not_have()
    {
        var view = (await _store.LoadAsync("run", key: "key"))!;

        Assert.Empty(view.Head.Requires);
        Assert.Equal((null, null, null, null, null), (view.Head.Claim, view.Head.EarlierAttempts, view.Head.Will, view.Head.ResumePoint, view.Head.QuickStatusChanges));
        Assert.Equal((2, 0, null), (view.Progress.CheckpointVersion, view.Progress.CheckpointStep, view.Progress.CheckpointUri));
        Assert.Equal(Guid.Parse("01234567-89ab-7def-8123-456789abcdef"), view.Head.CommitId);
        Assert.Equal(new IdempotencyRecord("key", "hash", null), view.Idempotency);
        Assert.Equal(["run"], Names(await _store.FindHeldAsync("w", isStarted: true)));
    }

    [Fact]
    public async Task A_run_of_the_first_version_takes_heartbeats_and_changes()
    {
        var head = (await _store.LoadAsync("run"))!.Head;
        var beat = Beat(head.Id, 6, Start.AddSeconds(1));
        var beating = Beating(head, beat with { Heartbeat = beat.Heartbeat with { CheckpointVersion = 3 } });
        Assert.Equal(CommitVerdict.Conflict, (await _store.CommitAsync(beating with { ExpectedCommit = Guid.NewGuid() })).Verdict);
        Assert.Equal(6, (await _store.CommitAsync(beating with { ExpectedCommit = head.CommitId })).Progress?.CheckpointStep);

        var changing = Changing(head, h => h with { Claim = new RunClaim("claim", "ada"), ResumePoint = new ResumePoint(h.Id, 1, 3, 6, "s3://c") });
        var changed = await _store.StoreAsync(changing with { ExpectedCommit = head.CommitId });

        Same.As(changed, (await _store.LoadAsync("run"))!.Head);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
