using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Orchestrator.Core.Events;

/// <summary>
/// What one reader of events is woken by, and the newest progress of each run that it has not read yet. What it holds is bounded by the
/// runs that beat, however slow the reader is.
/// </summary>
/// <param name="run">The run that it reads; <see langword="null"/> for all.</param>
/// <param name="wantsProgress">Whether it reads progress.</param>
internal sealed class Subscription(RunId? run, bool wantsProgress)
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, RunEvent> _newest = [];
    private readonly Queue<RunId> _order = [];
    private long _offered;

    /// <summary>How many runs have progress that was not read.</summary>
    public int Unread
    {
        get
        {
            lock (_gate)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Something was committed.</summary>
    public void Wake(RunId changed)
    {
        if (run is not { } only || only == changed || changed.IsDefault)
        {
            _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>A heartbeat was accepted. It takes the place of an older one that was not read; what was offered before is passed over.</summary>
    public void Offer(RunEvent progress)
    {
        if (!wantsProgress || (run is { } only && only != progress.RunId))
        {
            return;
        }

        lock (_gate)
        {
            var beats = BeatsOf(progress);
            if (run is not null)
            {
                if (beats <= _offered)
                {
                    return;
                }

                _offered = beats;
            }

            if (!_newest.TryGetValue(progress.RunId, out var unread))
            {
                _order.Enqueue(progress.RunId);
            }
            else if (beats < BeatsOf(unread))
            {
                return;
            }

            _newest[progress.RunId] = progress;
        }

        _signals.Writer.TryWrite(true);
    }

    /// <summary>Takes the progress that waits longest.</summary>
    public bool TryTake([NotNullWhen(true)] out RunEvent? progress)
    {
        lock (_gate)
        {
            progress = null;
            return _order.TryDequeue(out var next) && _newest.Remove(next, out progress);
        }
    }

    /// <summary>Waits until something happened since the last wait.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);

    private static long BeatsOf(RunEvent progress) => ((ProgressData)progress.Data).Run.Heartbeats;
}
