using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Schema;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Hints;

/// <summary>
/// Follows the feed for the sake of hints: whatever any host commits, those who wait here are woken. A notification, where they are used, only says
/// that it is time to look; one that is lost costs a few seconds.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="tables">Its tables.</param>
/// <param name="wakeList">Whom to wake.</param>
/// <param name="channel">Where notifications come from; <see langword="null"/> to look ten times a second instead.</param>
/// <param name="time">What pauses are measured by.</param>
/// <param name="logger">Where it is told when the changes cannot be followed.</param>
internal sealed partial class FeedTail(Database database, StoreTables tables, WakeList wakeList, string? channel, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly string _end = $"SELECT position FROM {tables.Schema}.feed_head";
    private readonly string _next = $"""
        SELECT max(e.position), e.run_id, (SELECT r.state FROM {tables.Runs.Name} AS r WHERE r.id = e.run_id)
        FROM (SELECT position, run_id FROM {tables.Events.Name} WHERE position > $1 ORDER BY position LIMIT 1000) AS e
        GROUP BY e.run_id
        """;

    private long _position = long.MaxValue;
    private volatile bool _isTold;
    private bool _isLost;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (!_isLost)
                {
                    _isLost = true;
                    LogLost(fault.Message);
                }

                await Task.Delay(OutagePause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        connection.Notification += OnNotification;
        try
        {
            await FollowAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            connection.Notification -= OnNotification;
            await UnlistenAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (channel is not null)
        {
            await ExecuteAsync(connection, $"LISTEN {SchemaName.Quote(channel)}", cancellationToken).ConfigureAwait(false);
        }

        // Whatever came while we were away is told; of what came before the first look, nobody waits for a hint.
        _position = Math.Min(_position, await ReadEndAsync(connection, _end, cancellationToken).ConfigureAwait(false));
        while (true)
        {
            // What is told while we look, may not be seen by this look.
            _isTold = false;
            await LookAsync(connection, cancellationToken).ConfigureAwait(false);
            _isLost = false;
            if (_isTold)
            {
                continue;
            }

            if (channel is not null)
            {
                await connection.WaitAsync(LookAgain, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var next = new NpgsqlCommand(_next, connection) { Parameters = { Parameter.Of(0) } };
        for (var isMore = true; isMore;)
        {
            next.Parameters[0] = Parameter.Of(_position);
            await using var reader = await next.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            isMore = false;
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var row = new RowReader(reader);
                _position = Math.Max(_position, row.Number());
                Wake(row.Text(), row.TextOrNull());
                isMore = true;
            }
        }
    }

    private void Wake(string run, string? state)
    {
        if (run.Length == 0)
        {
            wakeList.Wake(default, default);
        }
        else if (RunStates.TryParse(state, out var now))
        {
            wakeList.Wake(RunId.Parse(run), now);
        }
    }

    private void OnNotification(object sender, NpgsqlNotificationEventArgs e) => _isTold = true;

    private async ValueTask UnlistenAsync(NpgsqlConnection connection)
    {
        try
        {
            if (channel is not null && connection.State == ConnectionState.Open)
            {
                await ExecuteAsync(connection, "UNLISTEN *", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            // A connection that is lost does not listen.
        }
    }

    private static async ValueTask ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<long> ReadEndAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var end = new NpgsqlCommand(sql, connection);
        return (long)(await end.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    [LoggerMessage(601, LogLevel.Warning, "The changes of other hosts cannot be followed ({Reason}). Waiting calls look for them every few seconds. Logged once until it is over.", EventName = "HintsLost")]
    private partial void LogLost(string reason);
}
