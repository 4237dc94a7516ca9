namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>One host for all tests of a class, which keep apart by the ids of their runs and leave the clock alone.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private int _runs;

    internal TestHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await TestHost.StartAsync();

    public async ValueTask DisposeAsync() => await Host.DisposeAsync();

    /// <summary>An id that no other test of the class has.</summary>
    internal string NewId() => $"run-{Interlocked.Increment(ref _runs)}";
}
