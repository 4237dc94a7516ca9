using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Storage.Postgres.Tests.Conformance;

// The same without notifications and prepared statements, as behind a pooler that shares connections between transactions.
public sealed class PooledBatchTests() : BatchSuite(PostgresStores.BehindPooler);

public sealed class PooledClockTests() : ClockSuite(PostgresStores.BehindPooler);

public sealed class PooledCommitTests() : CommitSuite(PostgresStores.BehindPooler);

public sealed class PooledConcurrencyTests() : ConcurrencySuite(PostgresStores.BehindPooler);

public sealed class PooledDueTests() : DueSuite(PostgresStores.BehindPooler);

public sealed class PooledFeedTests() : FeedSuite(PostgresStores.BehindPooler);

public sealed class PooledHeartbeatTests() : HeartbeatSuite(PostgresStores.BehindPooler);

public sealed class PooledHintTests() : HintSuite(PostgresStores.BehindPooler);

public sealed class PooledHistoryTests() : HistorySuite(PostgresStores.BehindPooler);

public sealed class PooledIdempotencyTests() : IdempotencySuite(PostgresStores.BehindPooler);

public sealed class PooledLinearizabilityTests() : LinearizabilitySuite(PostgresStores.BehindPooler)
{
    protected override int Sequences => 50;
}

public sealed class PooledListTests() : ListSuite(PostgresStores.BehindPooler);

public sealed class PooledLoadTests() : LoadSuite(PostgresStores.BehindPooler);

public sealed class PooledModelTests() : ModelSuite(PostgresStores.BehindPooler)
{
    protected override int Sequences => 50;
}

public sealed class PooledNoteTests() : NoteSuite(PostgresStores.BehindPooler);

public sealed class PooledPurgeTests() : PurgeSuite(PostgresStores.BehindPooler);

public sealed class PooledQueueTests() : QueueSuite(PostgresStores.BehindPooler);

public sealed class PooledValueTests() : ValueSuite(PostgresStores.BehindPooler);

public sealed class PooledWorkersOfOneNameTests() : WorkersOfOneNameSuite(PostgresStores.BehindPooler);
