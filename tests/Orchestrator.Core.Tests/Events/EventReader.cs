using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Events;

/// <summary>A reader of events that waits for the next one no longer than a test may.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly IAsyncEnumerator<EventMessage> _events;

    private EventReader(IAsyncEnumerable<EventMessage> events) => _events = events.GetAsyncEnumerator(_end.Token);

    public static async Task<EventReader> OpenAsync(IOrchestrator orchestrator, RunId? run = null, string? after = null, params EventType[] types) =>
        new((await orchestrator.SubscribeAsync(new EventSubscription { Run = run, After = after, Types = types })).Value);

    /// <summary>Whether there is another event; not when the stream has ended.</summary>
    public Task<bool> MoveAsync() => _events.MoveNextAsync().AsTask();

    public async Task<EventMessage> NextAsync()
    {
        Assert.True(await MoveAsync().WaitAsync(TestHost.Patience), "the stream has ended");
        return _events.Current;
    }

    public EventMessage Current => _events.Current;

    public async Task<IReadOnlyList<EventMessage>> TakeAsync(int count)
    {
        var taken = new List<EventMessage>();
        while (taken.Count < count)
        {
            taken.Add(await NextAsync());
        }

        return taken;
    }

    public Task CancelAsync() => _end.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _events.DisposeAsync();
        _end.Dispose();
    }
}
