using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Redis.Commits;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Commits;

/// <summary>A run is barred from an idempotency key, for another run that then never came to use it.</summary>
public sealed class BarredKeyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RedisStoreOptions _options = new() { Prefix = $"barred:{Guid.NewGuid():N}:" };
    private readonly RedisServer _server;
    private readonly ShardMap _shards;
    private readonly RedisRunStore _store;

    public BarredKeyTests()
    {
        var configuration = ConfigurationOptions.Parse(Server.Node);
        _server = new RedisServer(configuration, new ServerCheck(_options, TimeProvider.System, NullLogger.Instance), TimeProvider.System);
        _shards = new ShardMap(_options.Prefix, _options.Shards);
        _store = new RedisRunStore(configuration, _options, NullLoggerFactory.Instance);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 7)]
    [InlineData(false, 7)]
    public async Task It_gets_the_key_again_in_another_generation(bool isHeld, int generation)
    {
        if (isHeld)
        {
            await new KeyRegistry(_server, _shards, TimeProvider.System).ReserveAsync("k1", Id("r1"), 0);
        }

        await _server.EvaluateAsync(Script.Bar, [_shards.BaseOf("r1")], ["r1", "k1", generation], Repeat.No, CancellationToken.None);

        var results = await _store.CommitAsync([Creation(Head("r1"), key: "k1"), Creation(Head("r2"))]).WaitAsync(Patience);

        Assert.All(results, result => Assert.Equal(CommitVerdict.Committed, result.Verdict));
        Assert.Equal(CommitVerdict.Duplicate, (await _store.CommitAsync(Creation(Head("r3"), key: "k1"))).Verdict);
        Assert.Equal(Id("r1"), await _store.FindByKeyAsync("k1", CancellationToken.None));
    }
}
