using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Takes every write to the store. For a store that takes batches it gathers what waits, so that many callers share one commit, plain heartbeats apart
/// from changes, which cost more; to any other it hands each write at once.
/// </summary>
internal sealed partial class Committer : IAsyncDisposable
{
    private const long Never = long.MaxValue;

    private readonly IRunStore _store;
    private readonly TimeProvider _time;
    private readonly Lane[] _heartbeats;
    private readonly Lane[] _changes;
    private long _heartbeatFailedAt = Never;
    private volatile bool _disposed;

    public Committer(IRunStore store, TimeProvider time, ILogger<Committer> logger)
    {
        _store = store;
        _time = time;
        _heartbeats = NewLanes();
        _changes = NewLanes();

        Lane[] NewLanes() =>
            store.Traits.MaxBatch > 1 ? [.. Enumerable.Range(0, Math.Max(1, store.Traits.Lanes)).Select(_ => new Lane(this, logger))] : [];
    }

    /// <summary>How long the oldest plain heartbeat waits or is under way; <see langword="null"/> when there is none, or the store takes no batches.</summary>
    public TimeSpan? OldestHeartbeat => _heartbeats.Length == 0 ? null : Since(_heartbeats.Min(lane => lane.OldestSince));

    /// <summary>How long ago the store did not answer to a heartbeat; <see langword="null"/> when it has stored one since, or always did.</summary>
    public TimeSpan? SinceHeartbeatFailed => Since(Volatile.Read(ref _heartbeatFailedAt));

    /// <summary>Commits a write and answers after the store did. Cannot be cancelled: what was sent is finished.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; what became of the write is unknown.</exception>
    /// <exception cref="ObjectDisposedException">The host stops. The write was not sent.</exception>
    public ValueTask<CommitResult> CommitAsync(in RunWrite write)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var lanes = write.Change is null ? _heartbeats : _changes;
        return lanes.Length == 0
            ? CommitAlone(write)
            : lanes[(uint)write.Run.GetHashCode() % (uint)lanes.Length].CommitAsync(write);
    }

    /// <summary>Refuses further writes, and returns when the store has answered those that wait.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await Task.WhenAll(_heartbeats.Concat(_changes).Select(lane => lane.CompleteAsync())).ConfigureAwait(false);
    }

    private ValueTask<CommitResult> CommitAlone(in RunWrite write)
    {
        var single = SingleWrite.Take(write);

        // After a fault the store may still use the memory of the write: it is not used again then.
        var commit = _store.CommitAsync(single.Writes, single.Results);
        return commit.IsCompletedSuccessfully && !HasFailedHeartbeat ? new(single.Release()) : FinishAsync(commit, single, write.Heartbeat is not null);
    }

    private async ValueTask<CommitResult> FinishAsync(ValueTask commit, SingleWrite single, bool isHeartbeat)
    {
        try
        {
            await commit.ConfigureAwait(false);
        }
        catch (StoreUnavailableException) when (isHeartbeat)
        {
            NoteFailedHeartbeat();
            throw;
        }

        if (isHeartbeat && HasFailedHeartbeat)
        {
            NoteStoredHeartbeat();
        }

        return single.Release();
    }

    private bool HasFailedHeartbeat => Volatile.Read(ref _heartbeatFailedAt) != Never;

    private void NoteStoredHeartbeat() => Volatile.Write(ref _heartbeatFailedAt, Never);

    private void NoteFailedHeartbeat() => Volatile.Write(ref _heartbeatFailedAt, _time.GetTimestamp());

    private TimeSpan? Since(long timestamp) => timestamp == Never ? null : _time.GetElapsedTime(timestamp);

    /// <summary>A batch of one write and the place of its result. Each thread keeps one for reuse, which costs a heartbeat less than two rented arrays.</summary>
    private sealed class SingleWrite
    {
        [ThreadStatic]
        private static SingleWrite? _free;

        private readonly RunWrite[] _write = new RunWrite[1];
        private readonly CommitResult[] _result = new CommitResult[1];

        private SingleWrite()
        {
        }

        public ReadOnlyMemory<RunWrite> Writes => _write;

        public Memory<CommitResult> Results => _result;

        public static SingleWrite Take(in RunWrite write)
        {
            var single = _free ?? new SingleWrite();
            _free = null;
            single._write[0] = write;
            return single;
        }

        /// <summary>Frees it for the next write of this thread.</summary>
        /// <returns>The result, once the store has set it.</returns>
        public CommitResult Release()
        {
            var result = _result[0];
            (_write[0], _result[0]) = (default, default);
            _free = this;
            return result;
        }
    }
}
