using System.Reflection;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Hosting;

/// <summary>A store that fails every call.</summary>
public class AwayStore : DispatchProxy
{
    private static readonly MethodInfo FailLaterOf = typeof(AwayStore).GetMethod(nameof(FailLater), 1, BindingFlags.NonPublic | BindingFlags.Static, [typeof(Exception)])!;

    private StoreTraits _traits = null!;
    private Func<Exception> _fault = null!;
    private bool _isLate;

    /// <param name="isLate">Whether a call fails after it returned, and not at once.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="fault">What a call fails with; <see langword="null"/> for an outage.</param>
    internal static IRunStore Create(bool isLate, int maxBatch, Func<Exception>? fault = null)
    {
        var store = Create<IRunStore, AwayStore>();
        var away = (AwayStore)(object)store;
        (away._isLate, away._fault) = (isLate, fault ?? (() => new StoreUnavailableException()));
        away._traits = new StoreTraits(maxBatch, 1, TimeSpan.FromSeconds(1));
        return store;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == "get_" + nameof(IRunStore.Traits))
        {
            return _traits;
        }

        if (targetMethod.Name == nameof(IRunStore.Subscribe))
        {
            return new MemoryStream();
        }

        if (!_isLate)
        {
            throw _fault();
        }

        return targetMethod.ReturnType == typeof(ValueTask)
            ? new ValueTask(FailLaterAsync<bool>(_fault()))
            : FailLaterOf.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()).Invoke(null, [_fault()]);
    }

    private static ValueTask<T> FailLater<T>(Exception fault) => new(FailLaterAsync<T>(fault));

    private static async Task<T> FailLaterAsync<T>(Exception fault)
    {
        await Task.Yield();
        throw fault;
    }
}
