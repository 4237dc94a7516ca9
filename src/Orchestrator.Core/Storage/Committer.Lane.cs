using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

internal sealed partial class Committer
{
    /// <summary>
    /// A queue of writes and the one flusher that empties it. The flusher takes whatever waits, never waits for more, and puts at
    /// most one write of a run into a batch; a further one stays, in its order, for a later batch.
    /// </summary>
    private sealed class Lane
    {
        // How many batches may wait before callers wait for a place.
        private const int QueuedBatches = 4;

        private readonly Committer _committer;
        private readonly IRunStore _store;
        private readonly ILogger _logger;
        private readonly int _maxBatch;
        private readonly Channel<Waiter> _queue;
        private readonly Task _flusher;

        // Belong to the flusher.
        private readonly List<Waiter> _deferred = [];
        private readonly List<Waiter> _batch = [];
        private readonly HashSet<RunId> _runs = [];
        private RunWrite[] _writes;
        private CommitResult[] _results;

        private long _oldestSince = Never;

        public Lane(Committer committer, ILogger logger)
        {
            _committer = committer;
            _store = committer._store;
            _logger = logger;
            _maxBatch = _store.Traits.MaxBatch;
            _writes = new RunWrite[_maxBatch];
            _results = new CommitResult[_maxBatch];
            _queue = Channel.CreateBounded<Waiter>(new BoundedChannelOptions(QueuedBatches * _maxBatch) { SingleReader = true });
            _flusher = FlushAsync();
        }

        /// <summary>When the oldest write came that is not answered yet; <see cref="Never"/> when all are. What is queued came after all that was taken.</summary>
        public long OldestSince => Volatile.Read(ref _oldestSince);

        public ValueTask<CommitResult> CommitAsync(in RunWrite write)
        {
            var waiter = new Waiter(write, _committer._time.GetTimestamp());
            return _queue.Writer.TryWrite(waiter) ? new(waiter.Task) : EnqueueAsync(waiter);
        }

        public Task CompleteAsync()
        {
            _queue.Writer.TryComplete();
            return _flusher;
        }

        private async ValueTask<CommitResult> EnqueueAsync(Waiter waiter)
        {
            try
            {
                await _queue.Writer.WriteAsync(waiter).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                throw new ObjectDisposedException(nameof(Committer));
            }

            return await waiter.Task.ConfigureAwait(false);
        }

        private async Task FlushAsync()
        {
            while (_deferred.Count > 0 || await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                Gather();
                Volatile.Write(ref _oldestSince, _batch.Concat(_deferred).Min(waiter => waiter.CameAt));
                for (var i = 0; i < _batch.Count; i++)
                {
                    _writes[i] = _batch[i].Write;
                }

                await CommitAsync(0, _batch.Count).ConfigureAwait(false);
                Array.Clear(_writes);
                Array.Clear(_results);
                _batch.Clear();
                if (_deferred.Count == 0 && !_queue.Reader.TryPeek(out _))
                {
                    Volatile.Write(ref _oldestSince, Never);
                }
            }
        }

        private void Gather()
        {
            _runs.Clear();
            _deferred.RemoveAll(TryTake);

            // What is deferred is bounded too; until it shrinks, the queue keeps the rest.
            while (_batch.Count < _maxBatch && _deferred.Count < QueuedBatches * _maxBatch && _queue.Reader.TryRead(out var waiter))
            {
                if (!TryTake(waiter))
                {
                    _deferred.Add(waiter);
                }
            }
        }

        private bool TryTake(Waiter waiter)
        {
            if (_batch.Count == _maxBatch || !_runs.Add(waiter.Write.Run))
            {
                return false;
            }

            _batch.Add(waiter);
            return true;
        }

        private async ValueTask CommitAsync(int start, int count)
        {
            try
            {
                await _store.CommitAsync(_writes.AsMemory(start, count), _results.AsMemory(start, count)).ConfigureAwait(false);
            }
            catch (StoreUnavailableException exception) when (exception.IsTransient || count == 1)
            {
                Log.OutcomeUnknown(_logger, exception, count);
                if (HasHeartbeat(start, count))
                {
                    _committer.NoteFailedHeartbeat();
                }

                Fail(start, count, exception);

                // The store may still use the arrays.
                (_writes, _results) = ([.. _writes], [.. _results]);
                return;
            }
            catch (Exception exception) when (count > 1)
            {
                // Each write that the store refuses by itself is logged then.
                if (exception is not StoreUnavailableException)
                {
                    Log.BatchRefused(_logger, exception, count);
                }

                await CommitAsync(start, count / 2).ConfigureAwait(false);
                await CommitAsync(start + (count / 2), count - (count / 2)).ConfigureAwait(false);
                return;
            }
            catch (Exception exception)
            {
                Log.WriteRefused(_logger, exception, _batch[start].Write.Run);
                Fail(start, count, exception);
                return;
            }

            if (_committer.HasFailedHeartbeat && HasHeartbeat(start, count))
            {
                _committer.NoteStoredHeartbeat();
            }

            for (var i = start; i < start + count; i++)
            {
                Answer(_batch[i], _results[i]);
            }
        }

        private void Answer(Waiter waiter, in CommitResult result)
        {
            if (result.Verdict != CommitVerdict.Unknown)
            {
                waiter.SetResult(result);
                return;
            }

            if (waiter.Write.Heartbeat is not null)
            {
                _committer.NoteFailedHeartbeat();
            }

            waiter.SetException(new StoreUnavailableException());
        }

        private bool HasHeartbeat(int start, int count) => _batch.FindIndex(start, count, waiter => waiter.Write.Heartbeat is not null) >= 0;

        private void Fail(int start, int count, Exception exception)
        {
            for (var i = start; i < start + count; i++)
            {
                _batch[i].SetException(exception);
            }
        }
    }

    private sealed class Waiter(in RunWrite write, long cameAt) : TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public RunWrite Write { get; } = write;

        public long CameAt { get; } = cameAt;
    }
}
