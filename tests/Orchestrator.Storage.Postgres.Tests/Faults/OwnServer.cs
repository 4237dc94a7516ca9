using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

/// <summary>The tests that stop and starve a server of their own: one after another, and while nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OwnServer : ICollectionFixture<PostgresCluster>
{
    public const string Name = "Faults";
}
