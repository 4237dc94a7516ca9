using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Storage.Redis.Tests.Conformance;

// The same on a cluster.
public sealed class ClusterBatchTests() : BatchSuite(RedisStores.OnCluster);

public sealed class ClusterClockTests() : ClockSuite(RedisStores.OnCluster);

public sealed class ClusterCommitTests() : CommitSuite(RedisStores.OnCluster);

public sealed class ClusterConcurrencyTests() : ConcurrencySuite(RedisStores.OnCluster);

public sealed class ClusterDueTests() : DueSuite(RedisStores.OnCluster);

public sealed class ClusterFeedTests() : FeedSuite(RedisStores.OnCluster);

public sealed class ClusterHeartbeatTests() : HeartbeatSuite(RedisStores.OnCluster);

public sealed class ClusterHintTests() : HintSuite(RedisStores.OnCluster);

public sealed class ClusterHistoryTests() : HistorySuite(RedisStores.OnCluster);

public sealed class ClusterIdempotencyTests() : IdempotencySuite(RedisStores.OnCluster);

public sealed class ClusterLinearizabilityTests() : LinearizabilitySuite(RedisStores.OnCluster)
{
    protected override int Sequences => 100;
}

public sealed class ClusterListTests() : ListSuite(RedisStores.OnCluster);

public sealed class ClusterLoadTests() : LoadSuite(RedisStores.OnCluster);

public sealed class ClusterModelTests() : ModelSuite(RedisStores.OnCluster)
{
    protected override int Sequences => 300;
}

public sealed class ClusterNoteTests() : NoteSuite(RedisStores.OnCluster);

public sealed class ClusterPurgeTests() : PurgeSuite(RedisStores.OnCluster);

public sealed class ClusterQueueTests() : QueueSuite(RedisStores.OnCluster);

public sealed class ClusterValueTests() : ValueSuite(RedisStores.OnCluster);

public sealed class ClusterWorkersOfOneNameTests() : WorkersOfOneNameSuite(RedisStores.OnCluster);
