using System.Collections.Concurrent;

namespace Orchestrator.Core.Tests.Events;

/// <summary>Keeps what is published through it, after a test had its way with it.</summary>
internal sealed class RecordingPublisher(string name = "recording") : IEventPublisher
{
    private readonly ConcurrentQueue<RunEvent> _published = [];
    private int _atOnce;

    public string Name => name;

    public IReadOnlyCollection<RunEvent> Published => _published;

    /// <summary>Called before events are kept.</summary>
    public Func<IReadOnlyList<RunEvent>, CancellationToken, Task>? OnPublish { get; set; }

    /// <summary>Called after events were kept.</summary>
    public Action? OnPublished { get; set; }

    /// <summary>How many calls there were at once, at most.</summary>
    public int MostAtOnce { get; private set; }

    public async ValueTask PublishAsync(IReadOnlyList<RunEvent> events, CancellationToken cancellationToken)
    {
        var atOnce = Interlocked.Increment(ref _atOnce);
        MostAtOnce = Math.Max(MostAtOnce, atOnce);
        try
        {
            if (OnPublish is { } before)
            {
                await before(events, cancellationToken);
            }

            foreach (var told in events)
            {
                _published.Enqueue(told);
            }

            OnPublished?.Invoke();
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    /// <summary>Ends when so many runs have ended, as far as was published.</summary>
    public Task EndsAsync(int runs)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        OnPublished += Look;
        Look();
        return done.Task;

        void Look()
        {
            if (_published.Where(Lives.IsEnd).Select(told => told.RunId).Distinct().Count() >= runs)
            {
                done.TrySetResult();
            }
        }
    }

    /// <summary>Every event of these runs came, and none before the one that precedes it.</summary>
    public void CheckOrder(int runs, int events)
    {
        var seen = new Dictionary<RunId, long>();
        foreach (var told in _published)
        {
            var newest = seen.GetValueOrDefault(told.RunId);
            Assert.InRange(told.Sequence, 1, newest + 1);
            seen[told.RunId] = Math.Max(newest, told.Sequence);
        }

        Assert.Equal(runs, seen.Count);
        Assert.All(seen.Values, newest => Assert.Equal(events, newest));
    }
}
