using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.Postgres.Tables.Entry<Orchestrator.AuditEntry>>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>control_audit</c>.</summary>
internal static class AuditTable
{
    public static Table<Entry<AuditEntry>> In(string schema) => new(
        schema + ".control_audit",
        keys: [Text("run_id", entry => entry.Run.Value), Number("sequence", entry => entry.Item.Sequence)],
        constants:
        [
            Text("actor_type", entry => entry.Item.ActorType),
            Text("actor_id", entry => entry.Item.ActorId),
            Text("action", entry => entry.Item.Action),
            Text("on_behalf_of", entry => entry.Item.OnBehalfOf),
            Text("payload_hash", entry => entry.Item.PayloadHash),
            Int("hash_version", entry => entry.Item.HashVersion),
            Text("key_id", entry => entry.Item.KeyId),
            Text("source_ip", entry => entry.Item.SourceIp),
            Text("user_agent", entry => entry.Item.UserAgent),
            Text("mtls_fingerprint", entry => entry.Item.MtlsFingerprint),
            Time("created_at", entry => entry.Item.CreatedAt),
            Text("prev_hash", entry => entry.Item.PrevHash),
            Text("entry_hash", entry => entry.Item.EntryHash),
            Text("target", entry => entry.Item.Target),
            Text("actor_issuer", entry => entry.Item.ActorIssuer),
            Text("on_behalf_of_type", entry => entry.Item.OnBehalfOfType),
            Text("credential", entry => entry.Item.Credential),
            Text("request_id", entry => entry.Item.RequestId),
        ],
        variables: []);

    public static AuditEntry Read(ref RowReader row)
    {
        row.Text();
        return new AuditEntry
        {
            Sequence = row.Number(),
            ActorType = row.Text(),
            ActorId = row.Text(),
            Action = row.Text(),
            OnBehalfOf = row.TextOrNull(),
            PayloadHash = row.Text(),
            HashVersion = row.Int(),
            KeyId = row.TextOrNull(),
            SourceIp = row.TextOrNull(),
            UserAgent = row.TextOrNull(),
            MtlsFingerprint = row.TextOrNull(),
            CreatedAt = row.Time(),
            PrevHash = row.Text(),
            EntryHash = row.Text(),
            Target = row.TextOrNull(),
            ActorIssuer = row.TextOrNull(),
            OnBehalfOfType = row.TextOrNull(),
            Credential = row.TextOrNull(),
            RequestId = row.TextOrNull(),
        };
    }
}
