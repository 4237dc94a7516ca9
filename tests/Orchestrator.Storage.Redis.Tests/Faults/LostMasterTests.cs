using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>A part of a cluster is away, and nothing takes its place.</summary>
[Collection(OwnCluster.Name)]
public sealed class LostMasterTests(RedisCluster cluster)
{
    [Fact]
    public async Task Without_the_order_of_creation_nothing_is_created_and_what_is_there_is_changed()
    {
        await using var space = new RedisFaultSpace(cluster.Configuration, options => options.Prefix = "lost:");
        var store = space.OpenStore();
        var heads = Enumerable.Range(0, 60).Select(n => Head($"r{n}")).ToList();
        await store.StoreAsync(heads.Select(head => Creation(head)));
        var lost = await cluster.FindAsync("lost:ordinals");
        CommitResult[] results;
        try
        {
            await Task.WhenAll(lost.Select(node => node.KillAsync()));

            results = await store.CommitAsync([.. heads.Select(head => Changing(head)), Creation(Head("new"))]);
        }
        finally
        {
            await Task.WhenAll(lost.Select(node => node.StartAsync()));
        }

        Assert.Equal(CommitVerdict.Unknown, results[^1].Verdict);
        Assert.Equal([CommitVerdict.Committed, CommitVerdict.Unknown], results[..^1].Select(result => result.Verdict).Distinct().Order());
    }
}
