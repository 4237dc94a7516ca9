namespace Orchestrator.Storage.Conformance;

/// <summary>Makes the stores that the suites test. An adapter implements it once, and hands it to each suite.</summary>
public interface IStoreFactory
{
    /// <summary>Makes a place that holds nothing. Each test has one of its own, and several may be in use at a time.</summary>
    ValueTask<IStoreSpace> CreateAsync();
}

/// <summary>A place for runs, over which several hosts open a store. Its disposal ends the stores, and forgets what it holds.</summary>
public interface IStoreSpace : IAsyncDisposable
{
    /// <summary>Opens a store over what the place holds, as one more host does. A store in memory is the same each time.</summary>
    ValueTask<IRunStore> OpenAsync();
}
