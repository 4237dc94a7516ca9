using Orchestrator.Storage;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Architecture.Tests.Snippets;

// <store-factory>
public sealed class MyStores : IStoreFactory
{
    public async ValueTask<IStoreSpace> CreateAsync() => new MySpace(await MyDatabase.CreateAsync());

    private sealed class MySpace(MyDatabase database) : IStoreSpace
    {
        public async ValueTask<IRunStore> OpenAsync() => await database.OpenAsync();

        public ValueTask DisposeAsync() => database.DropAsync();
    }
}
// </store-factory>

// <store-tests>
public sealed class MyCommitTests() : CommitSuite(new MyStores());

public sealed class MyModelTests() : ModelSuite(new MyStores())
{
    protected override int Sequences => 200;
}
// </store-tests>

/// <summary>A database that is a store in memory.</summary>
internal sealed class MyDatabase
{
    private InMemoryRunStore? _store = new(TimeProvider.System);

    public static ValueTask<MyDatabase> CreateAsync() => new(new MyDatabase());

    public ValueTask<IRunStore> OpenAsync() => new(_store ?? throw new InvalidOperationException("the database was dropped"));

    public ValueTask DropAsync()
    {
        _store = null;
        return default;
    }
}
