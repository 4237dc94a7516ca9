using Orchestrator.Storage.Redis.Tests.Faults.Servers;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>The tests that stop and starve a server of their own: one after another, and while nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OwnServer : ICollectionFixture<RedisNode>
{
    public const string Name = "Faults";
}
