using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.InMemory;

// Every promise of the storage port, for InMemoryRunStore.
public sealed class InMemoryBatchTests() : BatchSuite(new InMemoryStores());

public sealed class InMemoryClockTests() : ClockSuite(new InMemoryStores());

public sealed class InMemoryCommitTests() : CommitSuite(new InMemoryStores());

public sealed class InMemoryConcurrencyTests() : ConcurrencySuite(new InMemoryStores());

public sealed class InMemoryDueTests() : DueSuite(new InMemoryStores());

public sealed class InMemoryFeedTests() : FeedSuite(new InMemoryStores());

public sealed class InMemoryHeartbeatTests() : HeartbeatSuite(new InMemoryStores());

public sealed class InMemoryHintTests() : HintSuite(new InMemoryStores());

public sealed class InMemoryHistoryTests() : HistorySuite(new InMemoryStores());

public sealed class InMemoryIdempotencyTests() : IdempotencySuite(new InMemoryStores());

public sealed class InMemoryLinearizabilityTests() : LinearizabilitySuite(new InMemoryStores())
{
    protected override int Sequences => 6_000;
}

public sealed class InMemoryListTests() : ListSuite(new InMemoryStores());

public sealed class InMemoryLoadTests() : LoadSuite(new InMemoryStores());

public sealed class InMemoryModelTests() : ModelSuite(new InMemoryStores())
{
    protected override int Sequences => 40_000;
}

public sealed class InMemoryNoteTests() : NoteSuite(new InMemoryStores());

public sealed class InMemoryPurgeTests() : PurgeSuite(new InMemoryStores());

public sealed class InMemoryQueueTests() : QueueSuite(new InMemoryStores());

public sealed class InMemoryValueTests() : ValueSuite(new InMemoryStores());

public sealed class InMemoryWorkersOfOneNameTests() : WorkersOfOneNameSuite(new InMemoryStores())
{
    protected override int Sequences => 200;
}
