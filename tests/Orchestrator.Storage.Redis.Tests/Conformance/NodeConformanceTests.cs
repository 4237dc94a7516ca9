using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Storage.Redis.Tests.Conformance;

// Every promise of the storage port, for RedisRunStore on a node.
public sealed class NodeBatchTests() : BatchSuite(RedisStores.OnNode);

public sealed class NodeClockTests() : ClockSuite(RedisStores.OnNode);

public sealed class NodeCommitTests() : CommitSuite(RedisStores.OnNode);

public sealed class NodeConcurrencyTests() : ConcurrencySuite(RedisStores.OnNode);

public sealed class NodeDueTests() : DueSuite(RedisStores.OnNode);

public sealed class NodeFeedTests() : FeedSuite(RedisStores.OnNode);

public sealed class NodeHeartbeatTests() : HeartbeatSuite(RedisStores.OnNode);

public sealed class NodeHintTests() : HintSuite(RedisStores.OnNode);

public sealed class NodeHistoryTests() : HistorySuite(RedisStores.OnNode);

public sealed class NodeIdempotencyTests() : IdempotencySuite(RedisStores.OnNode);

public sealed class NodeLinearizabilityTests() : LinearizabilitySuite(RedisStores.OnNode)
{
    protected override int Sequences => 200;
}

public sealed class NodeListTests() : ListSuite(RedisStores.OnNode);

public sealed class NodeLoadTests() : LoadSuite(RedisStores.OnNode);

public sealed class NodeModelTests() : ModelSuite(RedisStores.OnNode);

public sealed class NodeNoteTests() : NoteSuite(RedisStores.OnNode);

public sealed class NodePurgeTests() : PurgeSuite(RedisStores.OnNode);

public sealed class NodeQueueTests() : QueueSuite(RedisStores.OnNode);

public sealed class NodeValueTests() : ValueSuite(RedisStores.OnNode);

public sealed class NodeWorkersOfOneNameTests() : WorkersOfOneNameSuite(RedisStores.OnNode);
