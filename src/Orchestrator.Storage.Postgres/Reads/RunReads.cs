using System.Globalization;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>Finds and reads runs.</summary>
internal sealed class RunReads
{
    // RunHead.NextDue, in SQL. A span has ten ticks in a microsecond.
    private const string Sign = "greatest(sign_at, last_heartbeat_at)";
    private const string IsDue = $"""
        (due_at IS NOT NULL OR due_after_silence IS NOT NULL OR due_after_standstill IS NOT NULL)
        AND (due_at <= $1
            OR {Sign} + due_after_silence / 10 * interval '1 microsecond' <= $1
            OR coalesce(advanced_at, {Sign}) + due_after_standstill / 10 * interval '1 microsecond' <= $1)
        """;

    private readonly Database _database;
    private readonly StoreTables _tables;
    private readonly ViewQuery _views;
    private readonly string _load;
    private readonly string _queued;
    private readonly string _held;
    private readonly string _started;
    private readonly string _due;
    private readonly string _count;
    private readonly string _byKey;

    public RunReads(Database database, StoreTables tables)
    {
        _database = database;
        _tables = tables;
        _views = new ViewQuery(tables);
        _load = _views.Sql("unnest($1::text[], $2::boolean[], $3::text[], $4::text[]) WITH ORDINALITY");
        _queued = _views.Sql($"(SELECT id, false, NULL::text, NULL::text, row_number() OVER (ORDER BY priority DESC, ordinal) FROM {tables.Runs.Name} WHERE state = 'queued' AND labels @> $1::jsonb AND requires <@ $2::jsonb ORDER BY priority DESC, ordinal LIMIT $3)");
        _held = HeldIn("state = 'provisioning'");
        _started = HeldIn("state IN ('running', 'paused', 'errored')");
        _due = _views.Sql($"(SELECT run_id, false, NULL::text, NULL::text, row_number() OVER (ORDER BY run_id) FROM {tables.Progress.Name} WHERE {IsDue} AND run_id > $2 ORDER BY run_id LIMIT $3)");
        _count = $"SELECT state, health_status, count(*) FROM {tables.Runs.Name} GROUP BY state, health_status";
        _byKey = $"SELECT run_id FROM {tables.Keys.Name} WHERE key = $1";
    }

    /// <inheritdoc cref="IRunStore.LoadAsync"/>
    public async ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        var asked = lookups.ToArray();
        views.Span[..asked.Length].Clear();
        var found = await ReadAsync(
            _load,
            [
                Parameter.Of([.. asked.Select(lookup => lookup.Run.Value)]),
                Parameter.Of([.. asked.Select(lookup => lookup.Manifest)]),
                Parameter.Of([.. asked.Select(lookup => lookup.Command?.Value)]),
                Parameter.Of([.. asked.Select(lookup => lookup.IdempotencyKey)]),
            ],
            nth => asked[nth - 1].Command,
            cancellationToken).ConfigureAwait(false);
        foreach (var (nth, view) in found)
        {
            views.Span[(int)nth - 1] = view;
        }
    }

    /// <inheritdoc cref="IRunStore.FindByKeyAsync"/>
    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) => _database.ReadAsync(
        _byKey,
        [Parameter.Of(idempotencyKey)],
        static async (reader, cancellationToken) => await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? RunId.Parse(reader.GetString(0)) : (RunId?)null,
        cancellationToken);

    /// <inheritdoc cref="IRunStore.ListAsync"/>
    public async ValueTask<Page<RunView>> ListAsync(RunFilter filter, int limit, string? cursor, bool includeManifest, CancellationToken cancellationToken)
    {
        var conditions = new Conditions();
        conditions.AnyOf("state", filter.States.Select(state => state.ToWireName()));
        conditions.AnyOf("health_status", filter.Health.Select(health => health.ToWireName()));
        conditions.AnyOf("experiment_id", filter.Experiments.Select(experiment => experiment.Value));
        conditions.Labels(filter.Labels);
        conditions.Compare("created_at >", filter.CreatedAfter);
        conditions.Compare("created_at <", filter.CreatedBefore);
        if (cursor is not null)
        {
            conditions.Compare("ordinal <", ReadCursor(cursor));
        }

        var manifest = includeManifest ? "true" : "false";
        var sql = _views.Sql(string.Create(
            CultureInfo.InvariantCulture,
            $"(SELECT id, {manifest}, NULL::text, NULL::text, -ordinal FROM {_tables.Runs.Name} {conditions.Where} ORDER BY ordinal DESC LIMIT ${conditions.Parameters.Count + 1})"));
        var found = await ReadAsync(sql, [.. conditions.Parameters, Parameter.Of(limit + 1L)], null, cancellationToken).ConfigureAwait(false);
        return ToPage(found, limit, last => (-last.Nth).ToString(CultureInfo.InvariantCulture));
    }

    /// <inheritdoc cref="IRunStore.FindQueuedAsync"/>
    public async ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            _queued,
            [Parameter.Of(StoredJson.Write(filter.Labels)), Parameter.Of(StoredJson.Write(filter.Offers)), Parameter.Of(limit)],
            null,
            cancellationToken).ConfigureAwait(false);
        return [.. found.Select(pair => pair.View.Head)];
    }

    /// <inheritdoc cref="IRunStore.FindHeldAsync"/>
    public async ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(isStarted ? _started : _held, [Parameter.Of(workerId), Parameter.Of(limit)], null, cancellationToken).ConfigureAwait(false);
        return [.. found.Select(pair => pair.View.Head)];
    }

    /// <inheritdoc cref="IRunStore.FindDueAsync"/>
    public async ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(_due, [Parameter.Of(now), Parameter.Of(cursor ?? ""), Parameter.Of(limit + 1L)], null, cancellationToken).ConfigureAwait(false);
        return ToPage(found, limit, last => last.View.Head.Id.Value);
    }

    /// <inheritdoc cref="IRunStore.CountAsync"/>
    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<RunCount>>(
        _count,
        [],
        static async (reader, cancellationToken) =>
        {
            var counts = new List<RunCount>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var row = new RowReader(reader);
                counts.Add(new RunCount(WireNames.State(row.Text()), WireNames.Health(row.Text()), row.Number()));
            }

            return counts;
        },
        cancellationToken);

    // The states are those of an index.
    private string HeldIn(string states) => _views.Sql(
        $"(SELECT id, false, NULL::text, NULL::text, ordinal FROM {_tables.Runs.Name} WHERE {states} AND worker_id = $1 ORDER BY ordinal LIMIT $2)");

    private ValueTask<List<(long Nth, RunView View)>> ReadAsync(
        string sql, IReadOnlyCollection<NpgsqlParameter> parameters, Func<long, CommandId?>? commandOf, CancellationToken cancellationToken) =>
        _database.ReadAsync(sql, parameters, (reader, token) => _views.ReadAsync(reader, commandOf, token), cancellationToken);

    private static Page<RunView> ToPage(List<(long Nth, RunView View)> found, int limit, Func<(long Nth, RunView View), string> cursor)
    {
        var items = found.Take(limit).Select(pair => pair.View).ToList();
        return new Page<RunView>(items, found.Count > limit ? cursor(found[limit - 1]) : null);
    }

    private static long ReadCursor(string cursor) =>
        long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : throw new FormatException("the cursor was not made by this store");
}
