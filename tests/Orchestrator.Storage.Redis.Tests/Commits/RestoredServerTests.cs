using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Commits;

/// <summary>A Redis that was restored from a snapshot: its feed goes on from an earlier end.</summary>
public sealed class RestoredServerTests
{
    [Fact]
    public async Task A_position_from_before_the_restore_is_expired_for_ever_and_one_from_before_the_snapshot_is_not()
    {
        var options = new RedisStoreOptions { Prefix = $"restored:{Guid.NewGuid():N}:", Shards = 2 };
        await using var store = new RedisRunStore(ConfigurationOptions.Parse(Server.Node), options, NullLoggerFactory.Instance);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Server.Node);
        var database = connection.GetDatabase();
        for (var n = 0; n < 4; n++)
        {
            await store.StoreAsync(Creation(Head($"kept-{n}")).Telling(1));
        }

        var kept = (await store.ReadFeedAsync(EventSubscription.Start)).Next;
        var snapshot = await Task.WhenAll(Keys().Select(async key => (key, value: await database.KeyDumpAsync(key))));
        for (var n = 0; n < 4; n++)
        {
            await store.StoreAsync(Creation(Head($"lost-{n}")).Telling(1, 2));
        }

        var lost = await store.ReadFeedAsync(EventSubscription.Start);
        foreach (var key in Keys())
        {
            await database.KeyDeleteAsync(key);
        }

        foreach (var (key, value) in snapshot)
        {
            await database.KeyRestoreAsync(key, value!);
        }

        await IsExpiredAsync();
        for (var n = 0; n < 8; n++)
        {
            await store.StoreAsync(Creation(Head($"new-{n}")).Telling(1, 2));
            await IsExpiredAsync();
        }

        Assert.Equal(16, (await store.ReadFeedAsync(kept)).Items.Count);

        List<RedisKey> Keys() => [.. connection.GetServers()[0].Keys(pattern: options.Prefix + "*")];

        async Task IsExpiredAsync()
        {
            foreach (var position in lost.Items.Skip(4).Select(item => item.Position).Append(lost.Next))
            {
                await Assert.ThrowsAsync<FeedExpiredException>(() => store.ReadFeedAsync(position));
            }
        }
    }
}
