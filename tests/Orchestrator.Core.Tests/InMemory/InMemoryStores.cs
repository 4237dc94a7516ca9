using Orchestrator.Storage;
using Orchestrator.Storage.Conformance;

namespace Orchestrator.Core.Tests.InMemory;

/// <summary>Stores in memory, for the suites that every store passes.</summary>
internal sealed class InMemoryStores : IStoreFactory
{
    public ValueTask<IStoreSpace> CreateAsync() => new(new Space());

    private sealed class Space : IStoreSpace
    {
        private readonly InMemoryRunStore _store = new(TimeProvider.System);

        public ValueTask<IRunStore> OpenAsync() => new(_store);

        public ValueTask DisposeAsync() => default;
    }
}
