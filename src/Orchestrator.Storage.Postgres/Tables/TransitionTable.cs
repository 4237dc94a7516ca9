using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.Postgres.Tables.Entry<Orchestrator.StateTransition>>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>run_state_transitions</c>.</summary>
internal static class TransitionTable
{
    public static Table<Entry<StateTransition>> In(string schema) => new(
        schema + ".run_state_transitions",
        keys: [Text("run_id", entry => entry.Run.Value), Number("sequence", entry => entry.Item.Sequence)],
        constants:
        [
            Text("from_state", entry => entry.Item.From?.ToWireName()),
            Text("to_state", entry => entry.Item.To.ToWireName()),
            Text("changed_by", entry => entry.Item.ChangedBy),
            Text("reason", entry => entry.Item.Reason),
            Int("attempt", entry => entry.Item.Attempt),
            Time("created_at", entry => entry.Item.CreatedAt),
        ],
        variables: []);

    public static StateTransition Read(ref RowReader row)
    {
        row.Text();
        return new StateTransition(
            row.Number(),
            row.TextOrNull() is { } from ? WireNames.State(from) : null,
            WireNames.State(row.Text()),
            row.Text(),
            row.TextOrNull(),
            row.Int(),
            row.Time());
    }
}
