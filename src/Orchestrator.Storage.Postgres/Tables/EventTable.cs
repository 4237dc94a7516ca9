using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.RunEvent>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>run_events</c>, but for the position.</summary>
internal static class EventTable
{
    public static Table<RunEvent> In(string schema) => new(
        schema + ".run_events",
        keys: [Text("run_id", told => told.RunId.ToString()), Number("sequence", told => told.Sequence)],
        constants:
        [
            Text("type", told => told.Type.ToWireName()),
            Time("time", told => told.Time),
            Int("attempt", told => told.Attempt),
            Json("data", told => StoredJson.WriteData(told.Data)),
        ],
        variables: []);

    public static RunEvent Read(ref RowReader row)
    {
        var (run, sequence, type) = (row.Text(), row.Number(), row.Text());
        return StoredJson.ReadEvent(sequence, type, row.Time(), run.Length == 0 ? default : RunId.Parse(run), row.Int(), row.Text());
    }
}
