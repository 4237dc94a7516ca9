using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>What the database takes without an orchestrator: the narrowest statements that store a heartbeat durably, on the same rows.</summary>
internal sealed class BareStatements : IAsyncDisposable
{
    private const int MaxBatch = 256;

    private readonly NpgsqlDataSource _source;
    private readonly string _one;
    private readonly string _many;
    private readonly Channel<Waiter> _queue = Channel.CreateBounded<Waiter>(1_024);
    private readonly Task _flusher;

    public BareStatements(string connectionString, string schema)
    {
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 16, AutoPrepareMinUsages = 1, MaxPoolSize = 50 }.ConnectionString);
        const string set = "SET current_step = {0}.step, loss = {0}.loss, samples_per_sec = {0}.sps, last_heartbeat_at = {0}.at, heartbeats = p.heartbeats + 1";
        _one = $"UPDATE {schema}.run_progress AS p {string.Format(null, set, "n")} FROM (VALUES ($1, $2, $3, $4, $5)) AS n(id, step, loss, sps, at) WHERE p.run_id = n.id AND p.current_step <= n.step";
        _many = $"UPDATE {schema}.run_progress AS p {string.Format(null, set, "n")} FROM unnest($1::text[], $2::bigint[], $3::float8[], $4::float8[], $5::timestamptz[]) AS n(id, step, loss, sps, at) WHERE p.run_id = n.id AND p.current_step <= n.step RETURNING p.run_id";
        _flusher = FlushAsync();
    }

    /// <summary>One statement and one commit a heartbeat.</summary>
    public async Task ReportAloneAsync(string run, long step)
    {
        await using var command = _source.CreateCommand(_one);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = run });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = step });
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = 0.5 });
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = 1_000 });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = DateTimeOffset.UtcNow });
        Check(await command.ExecuteNonQueryAsync());
    }

    /// <summary>One statement and one commit for whatever waits, at most 256.</summary>
    public async Task ReportInGroupAsync(string run, long step)
    {
        var waiter = new Waiter(run, step);
        await _queue.Writer.WriteAsync(waiter);
        await waiter.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await _flusher;
        await _source.DisposeAsync();
    }

    private async Task FlushAsync()
    {
        var batch = new List<Waiter>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var waiter))
            {
                batch.Add(waiter);
            }

            await using var command = _source.CreateCommand(_many);
            command.Parameters.Add(ArrayOf(batch, waiter => waiter.Run, NpgsqlDbType.Text));
            command.Parameters.Add(ArrayOf(batch, waiter => waiter.Step, NpgsqlDbType.Bigint));
            command.Parameters.Add(ArrayOf(batch, _ => 0.5, NpgsqlDbType.Double));
            command.Parameters.Add(ArrayOf(batch, _ => 1_000.0, NpgsqlDbType.Double));
            command.Parameters.Add(ArrayOf(batch, _ => DateTimeOffset.UtcNow, NpgsqlDbType.TimestampTz));
            var stored = 0;
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    stored++;
                }
            }

            if (stored != batch.Count)
            {
                throw new InvalidOperationException("a heartbeat was not stored");
            }

            batch.ForEach(waiter => waiter.SetResult());
            batch.Clear();
        }
    }

    private static NpgsqlParameter<T[]> ArrayOf<T>(List<Waiter> batch, Func<Waiter, T> value, NpgsqlDbType type) =>
        new() { TypedValue = [.. batch.Select(value)], NpgsqlDbType = NpgsqlDbType.Array | type };

    private static void Check(int stored)
    {
        if (stored != 1)
        {
            throw new InvalidOperationException("the heartbeat was not stored");
        }
    }

    private sealed class Waiter(string run, long step) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Run { get; } = run;

        public long Step { get; } = step;
    }
}
