using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Command>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>run_commands</c>.</summary>
internal static class CommandTable
{
    public static Table<Command> In(string schema) => new(
        schema + ".run_commands",
        keys: [Text("run_id", command => command.RunId.Value), Number("sequence", command => command.Sequence)],
        constants:
        [
            Text("id", command => command.Id.Value),
            Text("type", command => command.Type.ToWireName()),
            Json("payload", command => command.Payload?.GetRawText()),
            Text("actor_type", command => command.Actor.Type.ToWireName()),
            Text("actor_id", command => command.Actor.Id),
            Text("on_behalf_of_type", command => command.OnBehalfOf?.Type.ToWireName()),
            Text("on_behalf_of_id", command => command.OnBehalfOf?.Id),
            Time("issued_at", command => command.IssuedAt),
            Time("expires_at", command => command.ExpiresAt),
            Time("created_at", command => command.CreatedAt),
        ],
        variables:
        [
            Text("status", command => command.Status.ToWireName()),
            Time("delivered_at", command => command.DeliveredAt),
            Int("delivery_count", command => command.DeliveryCount),
            Time("acknowledged_at", command => command.AcknowledgedAt),
            Json("acknowledgement", command => command.Acknowledgement is { } acknowledgement ? StoredJson.Write(acknowledgement) : null),
        ]);

    public static Command Read(ref RowReader row) => new()
    {
        RunId = RunId.Parse(row.Text()),
        Sequence = row.Number(),
        Id = CommandId.Parse(row.Text()),
        Type = WireNames.CommandType(row.Text()),
        Payload = row.ElementOrNull(),
        Actor = new Actor(WireNames.ActorType(row.Text()), row.Text()),
        OnBehalfOf = ReadActor(ref row),
        IssuedAt = row.TimeOrNull(),
        ExpiresAt = row.TimeOrNull(),
        CreatedAt = row.Time(),
        Status = WireNames.CommandStatus(row.Text()),
        DeliveredAt = row.TimeOrNull(),
        DeliveryCount = row.Int(),
        AcknowledgedAt = row.TimeOrNull(),
        Acknowledgement = row.JsonOrNull<Acknowledgement>(),
    };

    private static Actor? ReadActor(ref RowReader row)
    {
        var (type, id) = (row.TextOrNull(), row.TextOrNull());
        return type is null ? null : new Actor(WireNames.ActorType(type), id!);
    }
}
