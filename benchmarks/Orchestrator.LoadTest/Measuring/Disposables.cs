namespace Orchestrator.LoadTest.Measuring;

/// <summary>What a scenario holds, let go in the opposite order, also when it fails.</summary>
internal sealed class Disposables : IAsyncDisposable
{
    private readonly Stack<object> _held = new();

    public T Add<T>(T held)
        where T : notnull
    {
        _held.Push(held);
        return held;
    }

    public T[] AddAll<T>(T[] held)
        where T : notnull
    {
        foreach (var one in held)
        {
            _held.Push(one);
        }

        return held;
    }

    public async ValueTask DisposeAsync()
    {
        while (_held.TryPop(out var held))
        {
            if (held is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync();
            }
            else
            {
                ((IDisposable)held).Dispose();
            }
        }
    }
}
