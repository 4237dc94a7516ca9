using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>The tests that change a cluster of their own: one after another, and while nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OwnCluster : ICollectionFixture<RedisCluster>
{
    public const string Name = "Faults of a cluster";
}
