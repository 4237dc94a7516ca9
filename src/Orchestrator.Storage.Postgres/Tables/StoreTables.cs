using Orchestrator.Storage.Postgres.Rows;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The tables of one schema.</summary>
/// <param name="schema">The schema.</param>
internal sealed class StoreTables(string schema)
{
    public string Schema { get; } = schema;

    public Table<RunHead> Runs { get; } = RunTable.In(schema);

    public Table<ProgressRow> Progress { get; } = ProgressTable.In(schema);

    public Table<Entry<RunManifest>> Manifests { get; } = ManifestTable.In(schema);

    public Table<Entry<StateTransition>> Transitions { get; } = TransitionTable.In(schema);

    public Table<Command> Commands { get; } = CommandTable.In(schema);

    public Table<Entry<AuditEntry>> Audit { get; } = AuditTable.In(schema);

    public Table<Entry<IdempotencyRecord>> Keys { get; } = KeyTable.In(schema);

    public Table<RunEvent> Events { get; } = EventTable.In(schema);
}
