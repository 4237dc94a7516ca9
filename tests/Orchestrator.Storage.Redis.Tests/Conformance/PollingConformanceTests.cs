using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Storage.Redis.Tests.Conformance;

// The same with few shards, and without notifications.
public sealed class PollingBatchTests() : BatchSuite(RedisStores.Polling);

public sealed class PollingClockTests() : ClockSuite(RedisStores.Polling);

public sealed class PollingCommitTests() : CommitSuite(RedisStores.Polling);

public sealed class PollingConcurrencyTests() : ConcurrencySuite(RedisStores.Polling);

public sealed class PollingDueTests() : DueSuite(RedisStores.Polling);

public sealed class PollingFeedTests() : FeedSuite(RedisStores.Polling);

public sealed class PollingHeartbeatTests() : HeartbeatSuite(RedisStores.Polling);

public sealed class PollingHintTests() : HintSuite(RedisStores.Polling);

public sealed class PollingHistoryTests() : HistorySuite(RedisStores.Polling);

public sealed class PollingIdempotencyTests() : IdempotencySuite(RedisStores.Polling);

public sealed class PollingLinearizabilityTests() : LinearizabilitySuite(RedisStores.Polling)
{
    protected override int Sequences => 50;
}

public sealed class PollingListTests() : ListSuite(RedisStores.Polling);

public sealed class PollingLoadTests() : LoadSuite(RedisStores.Polling);

public sealed class PollingModelTests() : ModelSuite(RedisStores.Polling)
{
    protected override int Sequences => 50;
}

public sealed class PollingNoteTests() : NoteSuite(RedisStores.Polling);

public sealed class PollingPurgeTests() : PurgeSuite(RedisStores.Polling);

public sealed class PollingQueueTests() : QueueSuite(RedisStores.Polling);

public sealed class PollingValueTests() : ValueSuite(RedisStores.Polling);

public sealed class PollingWorkersOfOneNameTests() : WorkersOfOneNameSuite(RedisStores.Polling);
