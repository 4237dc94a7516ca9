using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.Postgres.Tables.Entry<Orchestrator.Storage.IdempotencyRecord>>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>idempotency_keys</c>.</summary>
internal static class KeyTable
{
    public static Table<Entry<IdempotencyRecord>> In(string schema) => new(
        schema + ".idempotency_keys",
        keys: [Text("key", entry => entry.Item.Key)],
        constants:
        [
            Text("run_id", entry => entry.Run.Value),
            Text("request_hash", entry => entry.Item.RequestHash),
            Text("command_id", entry => entry.Item.Command?.Value),
            Int("attempt", entry => entry.Item.Attempt),
        ],
        variables: []);
}
