namespace Orchestrator.Storage.Conformance;

/// <summary>What the suites share: a store that holds nothing, for each test.</summary>
/// <param name="stores">Makes the stores.</param>
public abstract class StoreSuite(IStoreFactory stores) : IAsyncLifetime
{
    private IStoreSpace? _space;
    private IRunStore? _store;

    /// <summary>How long a test waits for what must happen soon, before it fails.</summary>
    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>A moment in whole microseconds.</summary>
    protected static DateTimeOffset Start => Rows.Start;

    /// <summary>The store of one host.</summary>
    protected IRunStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _space = await stores.CreateAsync();
        _store = await _space.OpenAsync();
    }

    public ValueTask DisposeAsync() => _space?.DisposeAsync() ?? default;

    /// <summary>The store of one more host, over the same data.</summary>
    protected ValueTask<IRunStore> OpenAnotherAsync() => _space!.OpenAsync();

    /// <summary>The stores of so many hosts, over the same data.</summary>
    protected async Task<IRunStore[]> OpenAsync(int hosts)
    {
        var opened = new IRunStore[hosts];
        for (var i = 0; i < hosts; i++)
        {
            opened[i] = await OpenAnotherAsync();
        }

        return opened;
    }

    /// <summary>Does the same at once on so many threads.</summary>
    protected static Task<T[]> AtOnceAsync<T>(int callers, Func<int, Task<T>> call)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, callers)
            .Select(caller => Task.Run(async () =>
            {
                await start.Task;
                return await call(caller);
            }))
            .ToList();
        start.SetResult();
        return Task.WhenAll(calls).WaitAsync(Patience);
    }

    /// <inheritdoc cref="AtOnceAsync{T}"/>
    protected static Task AtOnceAsync(int callers, Func<int, Task> call) => AtOnceAsync(callers, async caller =>
    {
        await call(caller);
        return 0;
    });
}
