using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Peers;

/// <summary>
/// What one writes first: a table of commands, which every worker polls. Each statement is a transaction of its own; nothing is audited, nothing is told
/// to anybody, and a command whose worker dies is lost.
/// </summary>
internal sealed class NaiveCommands : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly string _table;

    private NaiveCommands(NpgsqlDataSource source, string table) => (_source, _table) = (source, table);

    public static async Task<NaiveCommands> CreateAsync(Scope scope)
    {
        var settings = new NpgsqlConnectionStringBuilder(scope.Store.Server) { MaxAutoPrepare = 16, AutoPrepareMinUsages = 1, MaxPoolSize = 50 };
        var naive = new NaiveCommands(NpgsqlDataSource.Create(settings), $"{scope.Name}.commands");
        await using var command = naive._source.CreateCommand(
            $"""
            CREATE SCHEMA {scope.Name};
            CREATE TABLE {naive._table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text NOT NULL, payload text NOT NULL, status text NOT NULL DEFAULT 'pending');
            CREATE INDEX ON {naive._table} (run_id, id) WHERE status = 'pending';
            """);
        await command.ExecuteNonQueryAsync();
        return naive;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>A command from its acceptance over its delivery to its acknowledgement.</summary>
    public async Task CycleAsync(int run)
    {
        await EnqueueAsync(run);
        var id = await NextAsync(run) ?? throw new InvalidOperationException("The command is not there.");
        await AcknowledgeAsync(id);
    }

    /// <summary>Workers that look once a second, not all at the same time, and a command for each.</summary>
    public async Task<LoadResult> PollEachSecondAsync(int workers)
    {
        var begin = Stopwatch.GetTimestamp();
        var sent = new ConcurrentDictionary<int, long>();
        var polling = Enumerable.Range(0, workers).Select(async run =>
        {
            await Task.Delay(Interval * (run / (double)workers));
            while (true)
            {
                if (await NextAsync(run) is { } id)
                {
                    var latency = Stopwatch.GetElapsedTime(sent[run]).TotalMilliseconds;
                    await AcknowledgeAsync(id);
                    return latency;
                }

                await Task.Delay(Interval);
            }
        }).ToArray();

        // In another order than that of the looks, so that a command finds its worker anywhere between two of them.
        var order = Enumerable.Range(0, workers).ToArray();
        new Random(1).Shuffle(order);
        foreach (var run in order)
        {
            sent[run] = Stopwatch.GetTimestamp();
            await EnqueueAsync(run);
        }

        return LoadResult.Of(await Task.WhenAll(polling), Stopwatch.GetElapsedTime(begin));
    }

    private Task EnqueueAsync(int run) => ExecuteAsync(
        $"INSERT INTO {_table} (run_id, payload) VALUES ($1, $2)", Parameter(Runs.IdOf(run)), Parameter("""{"learning_rate":0.1}"""));

    private async Task<long?> NextAsync(int run)
    {
        await using var command = _source.CreateCommand(
            $"UPDATE {_table} SET status = 'delivered' WHERE id = (SELECT id FROM {_table} WHERE run_id = $1 AND status = 'pending' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id");
        command.Parameters.Add(Parameter(Runs.IdOf(run)));
        return (long?)await command.ExecuteScalarAsync();
    }

    private Task AcknowledgeAsync(long id) => ExecuteAsync($"UPDATE {_table} SET status = 'acknowledged' WHERE id = $1", Parameter(id));

    private async Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = _source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        if (await command.ExecuteNonQueryAsync() != 1)
        {
            throw new InvalidOperationException("The statement did not change one row.");
        }
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };
}
