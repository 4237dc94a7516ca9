using System.Collections.Frozen;
using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.RunHead>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>runs</c>: the heads of runs, but for what lies beside the progress.</summary>
internal static class RunTable
{
    public static Table<RunHead> In(string schema) => new(
        schema + ".runs",
        keys: [Text("id", head => head.Id.Value)],
        constants:
        [
            Text("experiment_id", head => head.ExperimentId.Value),
            Text("version_id", head => head.VersionId.Value),
            Json("labels", head => StoredJson.Write(head.Labels), "jsonb"),
            Json("requires", head => StoredJson.Write(head.Requires), "jsonb"),
            Text("created_by", head => head.CreatedBy),
            Time("created_at", head => head.CreatedAt),
            Text("fingerprint", head => head.Fingerprint),
        ],
        variables:
        [
            Int("priority", head => head.Priority),
            Json("health_policy", head => Optional(head.HealthPolicy)),
            Text("state", head => head.State.ToWireName()),
            Int("attempt", head => head.Attempt),
            Text("worker_id", head => head.WorkerId),
            Flag("claimed", head => head.Claimed),
            Json("claim", head => Optional(head.Claim)),
            Json("earlier_attempts", head => Optional(head.EarlierAttempts)),
            Json("will", head => Optional(head.Will)),
            Json("resume_point", head => Optional(head.ResumePoint)),
            Time("started_at", head => head.StartedAt),
            Time("ended_at", head => head.Ending?.At),
            Text("end_reason", head => head.Ending?.Reason.ToWireName()),
            Text("end_message", head => head.Ending?.Message),
            Time("terminating_since", head => head.Termination?.AcceptedAt),
            Flag("terminate_acknowledged", head => head.Termination?.Acknowledged),
            Text("health_status", head => head.Health.ToWireName()),
            Time("health_changed_at", head => head.HealthChangedAt),
            Time("last_sign_at", head => head.LastSignAt),
            Time("snoozed_until", head => head.SnoozedUntil),
            Time("policy_due_at", head => head.PolicyDueAt),
            Text("last_refusal_code", head => head.LastRefusal?.Name),
            Time("last_refusal_at", head => head.LastRefusal?.At),
            Number("kept_refusals", head => head.KeptRefusals),
            Json("quick_status_changes", head => Optional(head.QuickStatusChanges)),
            Flag("loss_diverged", head => head.LossDiverged),
            Json("tuned", head => StoredJson.Write(head.Tuned)),
            Number("command_count", head => head.Commands),
            Number("event_count", head => head.Events),
            Number("transition_count", head => head.Transitions),
            Number("audit_count", head => head.AuditEntries),
            Text("audit_hash", head => head.AuditHash),
            Time("changed_at", head => head.ChangedAt),
        ]);

    /// <summary>Reads a head of which <paramref name="standing"/> was read from beside the progress.</summary>
    public static RunHead Read(ref RowReader row, ProgressRow standing) => new()
    {
        Revision = standing.Revision,
        CommitId = standing.CommitId,
        DueAt = standing.DueAt,
        DueAfterSilence = standing.DueAfterSilence,
        DueAfterStandstill = standing.DueAfterStandstill,
        Id = RunId.Parse(row.Text()),
        ExperimentId = ExperimentId.Parse(row.Text()),
        VersionId = VersionId.Parse(row.Text()),
        Labels = Map<string>(row.Text()),
        Requires = Map<string>(row.Text()),
        CreatedBy = row.TextOrNull(),
        CreatedAt = row.Time(),
        Fingerprint = row.TextOrNull(),
        Priority = row.Int(),
        HealthPolicy = row.JsonOrNull<HealthPolicy>(),
        State = WireNames.State(row.Text()),
        Attempt = row.Int(),
        WorkerId = row.TextOrNull(),
        Claimed = row.Flag(),
        Claim = row.JsonOrNull<RunClaim>(),
        EarlierAttempts = row.JsonOrNull<EarlierAttempts>(),
        Will = row.JsonOrNull<OperatorWill>(),
        ResumePoint = row.JsonOrNull<ResumePoint>(),
        StartedAt = row.TimeOrNull(),
        Ending = ReadEnding(ref row),
        Termination = ReadTermination(ref row),
        Health = WireNames.Health(row.Text()),
        HealthChangedAt = row.TimeOrNull(),
        LastSignAt = row.TimeOrNull(),
        SnoozedUntil = row.TimeOrNull(),
        PolicyDueAt = row.TimeOrNull(),
        LastRefusal = ReadRefusal(ref row),
        KeptRefusals = (uint)row.Number(),
        QuickStatusChanges = row.JsonOrNull<QuickStatusChanges>(),
        LossDiverged = row.Flag(),
        Tuned = Map<TunedValue>(row.Text()),
        Commands = row.Number(),
        Events = row.Number(),
        Transitions = row.Number(),
        AuditEntries = row.Number(),
        AuditHash = row.TextOrNull(),
        ChangedAt = row.Time(),
    };

    private static string? Optional<T>(T? value)
        where T : class => value is null ? null : StoredJson.Write(value);

    private static IReadOnlyDictionary<string, T> Map<T>(string json) =>
        json == "{}" ? FrozenDictionary<string, T>.Empty : StoredJson.Read<IReadOnlyDictionary<string, T>>(json);

    private static RunEnding? ReadEnding(ref RowReader row)
    {
        var (at, reason, message) = (row.TimeOrNull(), row.TextOrNull(), row.TextOrNull());
        return at is null ? null : new RunEnding(WireNames.EndReason(reason!), at.Value, message);
    }

    private static Termination? ReadTermination(ref RowReader row)
    {
        var (since, acknowledged) = (row.TimeOrNull(), row.FlagOrNull());
        return since is null ? null : new Termination(since.Value, acknowledged!.Value);
    }

    private static LastRefusal? ReadRefusal(ref RowReader row)
    {
        var (code, at) = (row.TextOrNull(), row.TimeOrNull());
        return at is null ? null : LastRefusal.Of(code!, at.Value);
    }
}
