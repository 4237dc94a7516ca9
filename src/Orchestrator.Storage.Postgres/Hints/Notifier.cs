using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;

namespace Orchestrator.Storage.Postgres.Hints;

/// <summary>
/// Tells the other hosts that something was committed: after the commit, and once for all that was committed since the last time. In the transactions
/// themselves a notification would make every commit wait for every other one.
/// </summary>
internal sealed partial class Notifier(Database database, string channel, TimeProvider time, ILogger logger)
{
    // What is lost in a crash is a hint.
    private const string Hastily = "SELECT set_config('synchronous_commit', 'off', true)";

    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private bool _isLost;

    public void Signal() => _signals.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in _signals.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await TryNotifyAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async ValueTask TryNotifyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands = { new NpgsqlBatchCommand(Hastily), new NpgsqlBatchCommand("SELECT pg_notify($1, '')") { Parameters = { Parameter.Of(channel) } } },
            };
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _isLost = false;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception fault)
        {
            if (!_isLost)
            {
                _isLost = true;
                LogUnsent(fault.Message);
            }

            await Task.Delay(OutagePause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(600, LogLevel.Warning, "The other hosts could not be notified of a change ({Reason}). They find it within a few seconds. Logged once until it is over.", EventName = "HintUnsent")]
    private partial void LogUnsent(string reason);
}
