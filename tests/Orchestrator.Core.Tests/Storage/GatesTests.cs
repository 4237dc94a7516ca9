using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Storage;

public sealed class GatesTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly StopSignal _stop = new();
    private readonly Gates<string> _gates;

    public GatesTests() => _gates = new(_time, _stop);

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task What_came_before_the_caller_parked_is_found_without_a_wake()
    {
        Assert.Equal(7, await WaitAsync("key", () => new Look<int>(7, default)));
        Assert.Equal(0, _gates.Count);
    }

    [Fact]
    public async Task A_wake_during_a_look_makes_it_look_again()
    {
        var looks = 0;
        var waiting = WaitAsync("key", () =>
        {
            _gates.Wake("key");
            return new Look<int>(++looks == 3 ? looks : null, Timeout.InfiniteTimeSpan);
        });
        Assert.Equal(3, await waiting.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task A_wake_is_for_its_key_and_one_for_all_is_for_every_key()
    {
        int? ready = null;
        var a = Wait("a");
        var b = Wait("b");
        ready = 1;
        _gates.Wake("b");
        Assert.Equal(1, await b.WaitAsync(TestHost.Patience));
        Assert.False(a.IsCompleted);
        _gates.WakeAll();
        Assert.Equal(1, await a.WaitAsync(TestHost.Patience));
        Assert.Equal(0, _gates.Count);

        Task<int?> Wait(string key) => WaitAsync(key, () => new Look<int>(ready, Timeout.InfiniteTimeSpan));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_look_that_says_when_to_look_again_is_taken_at_its_word(int seconds)
    {
        var looks = 0;
        var waiting = WaitAsync("key", () => new Look<int>(++looks == 2 ? looks : null, TimeSpan.FromSeconds(seconds)));
        _time.Advance(TimeSpan.FromSeconds(Math.Max(0, seconds)));
        Assert.Equal(2, await waiting.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task A_look_that_says_less_than_a_millisecond_waits_for_one()
    {
        var looks = 0;
        var waiting = WaitAsync("key", () => new Look<int>(++looks == 2 ? looks : null, TimeSpan.FromMilliseconds(0.5)));
        Assert.Equal(1, looks);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, await waiting.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task A_look_may_say_any_time_however_far_away()
    {
        var looks = 0;
        var waiting = WaitAsync("key", () => new Look<int>(looks++ == 0 ? null : looks, TimeSpan.MaxValue));
        Assert.False(waiting.IsCompleted);
        _gates.Wake("key");
        Assert.Equal(2, await waiting.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task The_wait_ends_with_nothing_at_its_time_or_when_the_host_stops()
    {
        Task<int?> Wait() => WaitAsync("key", () => new Look<int>(null, Timeout.InfiniteTimeSpan));
        Task<int?>[] waiting = [Wait(), Wait()];
        _time.Advance(Minute);
        Assert.Equal([null, null], await Task.WhenAll(waiting).WaitAsync(TestHost.Patience));

        waiting = [Wait(), Wait(), Wait()];
        Assert.Equal(3, _gates.Count);
        _stop.Dispose();
        Assert.Equal([null, null, null], await Task.WhenAll(waiting).WaitAsync(TestHost.Patience));
        Assert.Null(await Wait().WaitAsync(TestHost.Patience));
        Assert.Equal(0, _gates.Count);
    }

    [Fact]
    public async Task A_fault_of_a_look_reaches_its_caller_alone_and_the_next_has_its_turn()
    {
        var fails = true;
        Task<int?> Wait() => WaitAsync("key", () => fails ? throw new InvalidOperationException() : new Look<int>(1, default));
        await Assert.ThrowsAsync<InvalidOperationException>(Wait);
        fails = false;
        Assert.Equal(1, await Wait());
        Assert.Equal(0, _gates.Count);
    }

    [Fact]
    public async Task Abandoned_waits_lose_nothing_and_leave_nobody_behind()
    {
        const int waits = 10_000;
        var items = new ConcurrentQueue<int>();
        var (looking, made) = (0, 0);
        var given = await Task.WhenAll(Enumerable.Range(0, waits).Select(n => Task.Run(async () =>
        {
            var key = $"{n % 7}";
            using var abandoned = new CancellationTokenSource();
            var waiting = _gates.WaitForAsync<int>(key, Minute, Look, abandoned.Token).AsTask();
            if (n % 3 == 0)
            {
                items.Enqueue(Interlocked.Increment(ref made));
                _gates.Wake(key);
            }

            await abandoned.CancelAsync();
            try
            {
                return await waiting;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }))).WaitAsync(TestHost.Patience);

        Assert.Equal(0, _gates.Count);
        Assert.Equal(Enumerable.Range(1, made), given.OfType<int>().Concat(items).Order());

        async ValueTask<Look<int>> Look(CancellationToken end)
        {
            end.ThrowIfCancellationRequested();
            Assert.InRange(Interlocked.Increment(ref looking), 1, 7);
            await Task.Yield();
            Interlocked.Decrement(ref looking);
            return new(items.TryDequeue(out var item) ? item : null, Timeout.InfiniteTimeSpan);
        }
    }

    private Task<int?> WaitAsync(string key, Func<Look<int>> look) =>
        _gates.WaitForAsync<int>(key, Minute, _ => new(look()), CancellationToken.None).AsTask();
}
