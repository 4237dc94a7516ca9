using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Postgres.Tests.Connections;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Commits;

/// <summary>A database that was restored from a dump: its feed goes on from an earlier end.</summary>
public sealed class RestoredDatabaseTests
{
    [Fact]
    public async Task A_position_from_before_the_restore_is_expired_for_ever_and_one_from_before_the_dump_is_not()
    {
        await using var place = await RaisingStore.CreateAsync();
        await place.Store.StoreAsync(Creation(Head("kept")).Telling(1));
        var kept = (await place.Store.ReadFeedAsync(EventSubscription.Start)).Next;
        await place.Store.StoreAsync(Creation(Head("lost")).Telling(1, 2));
        var lost = await place.Store.ReadFeedAsync(EventSubscription.Start);

        await place.ExecuteAsync($"""
            SET search_path = {place.Options.Schema};
            DELETE FROM run_events WHERE position > 1; UPDATE feed_head SET position = 1;
            DELETE FROM runs WHERE id = 'lost'; DELETE FROM run_progress WHERE run_id = 'lost'; DELETE FROM run_manifests WHERE run_id = 'lost'
            """);
        await IsExpiredAsync();
        for (var n = 0; n < 3; n++)
        {
            await place.Store.StoreAsync(Creation(Head($"new-{n}") with { CreatedAt = Start.AddSeconds(1), ChangedAt = Start.AddSeconds(1) }).Telling(1, 2));
            await IsExpiredAsync();
        }

        Assert.Equal(6, (await place.Store.ReadFeedAsync(kept)).Items.Count);

        async Task IsExpiredAsync()
        {
            foreach (var position in lost.Items.Skip(1).Select(item => item.Position).Append(lost.Next))
            {
                await Assert.ThrowsAsync<FeedExpiredException>(() => place.Store.ReadFeedAsync(position));
            }
        }
    }

    [Fact]
    public async Task A_position_whose_event_retention_has_dropped_stays_valid_where_nothing_was_missed()
    {
        await using var place = await RaisingStore.CreateAsync();
        await place.Store.StoreAsync(Creation(Head("first")).Telling(1));
        await place.Store.StoreAsync(Creation(Head("ended").Ended(Start)).Telling(1));
        var position = (await place.Store.ReadFeedAsync(EventSubscription.Start)).Next;

        Assert.Equal(1, await place.Store.PurgeAsync(Start.AddHours(1), 10, CancellationToken.None));

        Assert.Empty((await place.Store.ReadFeedAsync(position)).Items);
    }
}
