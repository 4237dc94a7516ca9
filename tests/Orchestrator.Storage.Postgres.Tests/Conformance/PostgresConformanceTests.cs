using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Storage.Postgres.Tests.Conformance;

// Every promise of the storage port, for PostgresRunStore.
public sealed class PostgresBatchTests() : BatchSuite(new PostgresStores());

public sealed class PostgresClockTests() : ClockSuite(new PostgresStores());

public sealed class PostgresCommitTests() : CommitSuite(new PostgresStores());

public sealed class PostgresConcurrencyTests() : ConcurrencySuite(new PostgresStores());

public sealed class PostgresDueTests() : DueSuite(new PostgresStores());

public sealed class PostgresFeedTests() : FeedSuite(new PostgresStores());

public sealed class PostgresHeartbeatTests() : HeartbeatSuite(new PostgresStores());

public sealed class PostgresHintTests() : HintSuite(new PostgresStores());

public sealed class PostgresHistoryTests() : HistorySuite(new PostgresStores());

public sealed class PostgresIdempotencyTests() : IdempotencySuite(new PostgresStores());

public sealed class PostgresLinearizabilityTests() : LinearizabilitySuite(new PostgresStores())
{
    protected override int Sequences => 200;
}

public sealed class PostgresListTests() : ListSuite(new PostgresStores());

public sealed class PostgresLoadTests() : LoadSuite(new PostgresStores());

public sealed class PostgresModelTests() : ModelSuite(new PostgresStores());

public sealed class PostgresNoteTests() : NoteSuite(new PostgresStores());

public sealed class PostgresPurgeTests() : PurgeSuite(new PostgresStores());

public sealed class PostgresQueueTests() : QueueSuite(new PostgresStores());

public sealed class PostgresValueTests() : ValueSuite(new PostgresStores());

public sealed class PostgresWorkersOfOneNameTests() : WorkersOfOneNameSuite(new PostgresStores());
