using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Hosting;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>What a host says and does about the server that it finds.</summary>
[Collection(OwnServer.Name)]
public sealed class ServerCheckTests(RedisNode node) : IAsyncLifetime
{
    private const int UnsafeServer = 650;
    private const int ServerUnchecked = 651;
    private const int ChangesUnheard = 652;

    private readonly FakeLogCollector _log = new();
    private readonly List<RedisRunStore> _stores = [];
    private readonly RedisStoreOptions _options = new() { Prefix = $"check:{Guid.NewGuid():N}:" };

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        await node.DoAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await node.DoAsync("CONFIG", "SET", "appendonly", "yes");
    }

    [Fact]
    public async Task Nothing_is_said_of_a_server_that_keeps_what_it_is_told()
    {
        await StartAsync(NewStore());

        Assert.Empty(_log.GetSnapshot());
    }

    [Theory]
    [InlineData("maxmemory-policy", "allkeys-lru", "maxmemory-policy is allkeys-lru")]
    [InlineData("appendonly", "no", "appendonly is off")]
    public async Task One_line_says_how_a_server_may_lose_runs(string setting, string value, string told)
    {
        await node.DoAsync("CONFIG", "SET", setting, value);
        var store = NewStore();

        await StartAsync(store);
        await store.StoreAsync(Creation(Head("r1")));

        var line = Assert.Single(_log.GetSnapshot());
        Assert.Equal((UnsafeServer, LogLevel.Warning), (line.Id.Id, line.Level));
        Assert.Contains(told, line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_to_refuse_such_a_server_does_not_start_and_stores_nothing()
    {
        await node.DoAsync("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
        _options.UnsafeServer = Orchestrator.UnsafeServer.Refuse;
        var store = NewStore();

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(store));

        Assert.Contains("volatile-ttl", fault.Message, StringComparison.Ordinal);
        Assert.False((await Assert.ThrowsAsync<StoreUnavailableException>(() => store.StoreAsync(Creation(Head("r1"))))).IsTransient);
    }

    [Fact]
    public async Task A_host_with_another_number_of_shards_does_not_start()
    {
        _options.Shards = 16;
        await StartAsync(NewStore());
        var other = NewStore(new RedisStoreOptions { Prefix = _options.Prefix, Shards = 32 });

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(other));

        Assert.Contains("16 shards, not in 32", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_that_find_an_empty_place_at_once_agree_on_it()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => NewStore()).ToList();

        await Task.WhenAll(stores.Select(StartAsync));
        await stores[0].StoreAsync(Creation(Head("r1")).Telling(1, 2));
        var page = await stores[0].ReadFeedAsync(EventSubscription.Start, 1, CancellationToken.None);

        foreach (var store in stores)
        {
            Assert.Single((await store.ReadFeedAsync(page.Next, 10, CancellationToken.None)).Items);
        }
    }

    [Fact]
    public async Task A_host_starts_while_its_server_is_away_and_serves_when_it_is_back()
    {
        var store = NewStore();
        await node.StopAtOnceAsync();
        try
        {
            await StartAsync(store);
        }
        finally
        {
            await node.StartAsync();
        }

        await store.StoreAsync(Creation(Head("r1")));
        Assert.NotNull(await store.LoadAsync("r1"));
    }

    /// <summary>The rights that docs/operations.md names are enough.</summary>
    [Theory]
    [InlineData("+info", null)]
    [InlineData("-info", ServerUnchecked)]
    public async Task A_user_with_few_rights_is_enough_and_it_is_said_when_the_settings_cannot_be_read(string info, int? told)
    {
        await node.DoAsync("ACL", "SETUSER", "host", "reset", "on", ">secret", "~check:*", "&check:*", "+@all", "-@admin", "-@dangerous", info, "+wait");
        var store = NewStore(_options, "host");
        var hint = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var other = NewStore(new RedisStoreOptions { Prefix = _options.Prefix }, "host");
        await other.GetTimeAsync(CancellationToken.None);
        using var listening = other.Subscribe((_, _) => hint.TrySetResult());

        await StartAsync(store);
        var head = await store.StoreAsync(Creation(Head("r1"), key: "k1").Telling(1));
        Assert.Equal(CommitVerdict.Committed, (await store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1)))).Verdict);
        Assert.True(await store.TryWriteNoteAsync("n1", "one", 0, null));
        Assert.Single(await store.ReadWholeFeedAsync());
        Assert.Single((await store.ListAsync(new RunFilter(), 10, null, RunDetail.Summary, CancellationToken.None)).Items);
        Assert.Equal(0, await store.PurgeAsync(Start, 10, CancellationToken.None));

        await hint.Task.WaitAsync(Eventually.Patience);

        Assert.Equal(told is { } id ? [id, id] : [], _log.GetSnapshot().Select(line => line.Id.Id));
    }

    [Fact]
    public async Task A_user_without_channels_changes_runs_and_hears_of_each_change_once_when_it_has_them()
    {
        await node.DoAsync("ACL", "SETUSER", "host", "reset", "on", ">secret", "~check:*", "+@all");
        var (store, other) = (NewStore(_options, "host"), NewStore(_options, "host"));
        var wakes = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var hints = other.Subscribe((run, _) => wakes.Enqueue(run.Value));

        await store.StoreAsync(Creation(Head("r1")).Telling(1));
        await Eventually.HoldsAsync("it was tried to listen", () => _log.GetSnapshot().Any(line => line.Id.Id == ChangesUnheard));
        await node.DoAsync("ACL", "SETUSER", "host", "&check:*");
        var early = 0;
        await Eventually.HoldsAsync("a change is heard of", async () =>
        {
            await store.StoreAsync(Creation(Head($"early-{++early}")).Telling(1));
            return !wakes.IsEmpty;
        });

        await store.StoreAsync(Creation(Head("counted")).Telling(1));
        await store.StoreAsync(Creation(Head("last")).Telling(1));
        await Eventually.HoldsAsync("the last change was heard of", () => wakes.Contains("last"));
        Assert.Single(wakes, run => run == "counted");
    }

    private static Task StartAsync(RedisRunStore store) => new StartCheck(store).StartAsync(CancellationToken.None);

    private RedisRunStore NewStore() => NewStore(_options);

    private RedisRunStore NewStore(RedisStoreOptions options, string? user = null)
    {
        var configuration = ConfigurationOptions.Parse("127.0.0.1:" + node.Port.ToString(CultureInfo.InvariantCulture));
        (configuration.User, configuration.Password) = user is null ? (null, null) : (user, "secret");
        var store = new RedisRunStore(configuration, options, LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log))));
        _stores.Add(store);
        return store;
    }
}
