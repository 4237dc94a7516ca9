using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public sealed class LoaderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly InterceptedStore _store;
    private readonly Loader _loader;
    private readonly ConcurrentQueue<int> _reads = [];

    public LoaderTests()
    {
        _store = new InterceptedStore(new InMemoryRunStore(_time), maxBatch: 8);
        _loader = new Loader(_store);
    }

    public async ValueTask InitializeAsync()
    {
        await using var host = new TestHost(_store.Inner, _time);
        for (var i = 0; i < 30; i++)
        {
            await host.CreateAsync($"run-{i}");
        }
    }

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task What_waits_while_a_read_is_under_way_shares_the_next_ones()
    {
        var first = new TaskCompletionSource();
        _store.OnLoad = async lookups =>
        {
            _reads.Enqueue(lookups.Length);
            await first.Task;
        };
        var loads = Enumerable.Range(0, 30).Select(i => LoadAsync(i)).ToList();
        first.SetResult();

        var views = await Task.WhenAll(loads).WaitAsync(TestHost.Patience);

        Assert.Equal(Enumerable.Range(0, 30).Select(Id), views.Select(view => view!.Head.Id));
        Assert.Equal([1, 8, 8, 8, 5], _reads);
    }

    [Fact]
    public async Task Whoever_comes_when_nothing_is_under_way_is_read_at_once()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Id(i), (await LoadAsync(i))!.Head.Id);
        }

        Assert.Null(await _loader.LoadAsync(new RunLookup(RunId.Parse("none")), CancellationToken.None));
    }

    [Fact]
    public async Task Whoever_gives_up_does_not_end_the_read_of_the_others()
    {
        var first = new TaskCompletionSource();
        _store.OnLoad = _ => first.Task;
        using var giveUp = new CancellationTokenSource();
        var impatient = LoadAsync(0, giveUp.Token);
        var patient = LoadAsync(1);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        first.SetResult();
        Assert.Equal(Id(1), (await patient)!.Head.Id);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_told_to_everybody_who_waited_and_the_next_is_read_again()
    {
        var first = new TaskCompletionSource();
        _store.OnLoad = _ => first.Task;
        var loads = Enumerable.Range(0, 5).Select(i => LoadAsync(i)).ToList();
        first.SetException(new StoreUnavailableException());

        foreach (var load in loads)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => load);
        }

        _store.OnLoad = null;
        Assert.Equal(Id(7), (await LoadAsync(7))!.Head.Id);
    }

    [Fact]
    public async Task A_run_that_cannot_be_read_does_not_fail_its_neighbours()
    {
        var first = new TaskCompletionSource();
        _store.OnLoad = async lookups =>
        {
            await first.Task;
            if (lookups.ToArray().Any(lookup => lookup.Run == Id(3)))
            {
                throw new InvalidDataException("written by a newer version");
            }
        };
        var loads = Enumerable.Range(0, 6).Select(i => LoadAsync(i)).ToList();
        first.SetResult();

        await Assert.ThrowsAsync<InvalidDataException>(() => loads[3]);
        loads.RemoveAt(3);
        Assert.All(await Task.WhenAll(loads), Assert.NotNull);
    }

    private static RunId Id(int i) => RunId.Parse($"run-{i}");

    private Task<RunView?> LoadAsync(int i, CancellationToken cancellationToken = default) => _loader.LoadAsync(new RunLookup(Id(i)), cancellationToken).AsTask();
}
