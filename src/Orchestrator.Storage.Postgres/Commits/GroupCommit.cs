using System.Net.Sockets;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>Writes a batch, and tells it again when it lost a race or its answer.</summary>
internal sealed class GroupCommit(HeartbeatCommit heartbeats, ChangeCommit changes, TimeProvider time)
{
    private const int MostTries = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc cref="IRunStore.CommitAsync"/>
    public ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        foreach (ref readonly var write in writes.Span)
        {
            if (write.Change is not null)
            {
                return CommitChangesAsync(writes, results);
            }
        }

        return CommitHeartbeatsAsync(writes, results);
    }

    private async ValueTask CommitHeartbeatsAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await heartbeats.CommitAsync(writes, results).ConfigureAwait(false);
                return;
            }
            catch (Exception fault) when (StoreFaults.IsLostRace(fault) && tries < MostTries)
            {
                // Nothing was stored.
            }
            catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
            {
                throw StoreFaults.ToUnavailable(fault);
            }
        }
    }

    private async ValueTask CommitChangesAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        var isUnclear = false;
        for (var tries = 1; ; tries++)
        {
            try
            {
                await changes.CommitAsync(writes, results, isUnclear).ConfigureAwait(false);
                return;
            }
            catch (Exception fault) when (StoreFaults.IsLostRace(fault) && tries < MostTries)
            {
                // Nothing was stored.
            }
            catch (Exception fault) when (tries == 1 && IsBroken(fault))
            {
                // Nothing was stored: the connection broke before the commit was sent.
            }
            catch (Exception fault) when (tries < MostTries && (fault is LostReplyException || (isUnclear && IsOutage(fault))))
            {
                // A server that starts again takes a moment, and then tells what became of it.
                isUnclear = true;
                await Task.Delay(Pause, time).ConfigureAwait(false);
            }
            catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
            {
                throw StoreFaults.ToUnavailable(fault);
            }
        }
    }

    private static bool IsBroken(Exception fault) => fault is IOException or NpgsqlException { InnerException: IOException or SocketException };

    /// <summary>Whether the database could not be reached; not that it was reached and can no longer tell.</summary>
    private static bool IsOutage(Exception fault) =>
        (StoreFaults.IsUnavailable(fault) && !StoreFaults.IsRefusal(fault)) || fault is StoreUnavailableException { InnerException: not null, IsTransient: true };
}
