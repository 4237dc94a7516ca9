using Orchestrator.Storage.Conformance;

namespace Orchestrator.Storage.Postgres.Tests.Conformance;

// The same without notifications and prepared statements, as behind a pooler that shares connections between transactions.
public sealed class PooledBatchTests() : BatchSuite(PostgresStores.BehindPooler);

public sealed class PooledClockTests() : ClockSuite(PostgresStores.BehindPooler);

public sealed class PooledCommitTests() : CommitSuite(PostgresStores.BehindPooler);

public sealed class PooledDueTests() : DueSuite(PostgresStores.BehindPooler);

public sealed class PooledFeedTests() : FeedSuite(PostgresStores.BehindPooler);

public sealed class PooledHeartbeatTests() : HeartbeatSuite(PostgresStores.BehindPooler);

public sealed class PooledHintTests() : HintSuite(PostgresStores.BehindPooler);

public sealed class PooledHistoryTests() : HistorySuite(PostgresStores.BehindPooler);

public sealed class PooledIdempotencyTests() : IdempotencySuite(PostgresStores.BehindPooler);

public sealed class PooledListTests() : ListSuite(PostgresStores.BehindPooler);

public sealed class PooledLoadTests() : LoadSuite(PostgresStores.BehindPooler);

public sealed class PooledNoteTests() : NoteSuite(PostgresStores.BehindPooler);

public sealed class PooledPurgeTests() : PurgeSuite(PostgresStores.BehindPooler);

public sealed class PooledQueueTests() : QueueSuite(PostgresStores.BehindPooler);
