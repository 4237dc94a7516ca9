using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>What of a batch of writes is to be stored, table by table.</summary>
internal sealed class ChangeSet
{
    public List<ProgressRow> NewProgress { get; } = [];

    public List<ProgressRow> Progress { get; } = [];

    public List<RunHead> NewHeads { get; } = [];

    public List<RunHead> Heads { get; } = [];

    public List<Entry<RunManifest>> Manifests { get; } = [];

    public List<Entry<IdempotencyRecord>> Keys { get; } = [];

    public List<Entry<StateTransition>> Transitions { get; } = [];

    public List<Command> Commands { get; } = [];

    public List<Entry<AuditEntry>> Audit { get; } = [];

    public List<RunEvent> Events { get; } = [];

    public bool IsEmpty => NewProgress.Count == 0 && Progress.Count == 0;

    /// <summary>Takes a write in, if it fits.</summary>
    /// <param name="write">The write.</param>
    /// <param name="stored">The run as it stands, locked; <see langword="null"/> when it does not exist.</param>
    /// <param name="changedAt">When its head was made.</param>
    /// <param name="taken">The idempotency keys that are taken. Takes this write's, too.</param>
    /// <returns>The verdict.</returns>
    public CommitResult Decide(in RunWrite write, ProgressRow? stored, DateTimeOffset? changedAt, HashSet<string> taken)
    {
        if (write.Change?.Idempotency is { } record && taken.Contains(record.Key))
        {
            return new CommitResult(CommitVerdict.Duplicate, null, null);
        }

        var before = stored?.Progress ?? RunProgress.None;
        if (!write.Fits(stored?.Revision ?? 0, stored?.CommitId ?? default, changedAt, before) || (stored is null && write.Change is null))
        {
            return new CommitResult(CommitVerdict.Conflict, null, null);
        }

        var progress = write.Change?.Progress ?? write.Heartbeat?.Heartbeat.ApplyTo(before, write.Heartbeat.Value.At) ?? before;
        if (write.Change is { } change)
        {
            Add(write.Run, change, progress, isNew: stored is null, taken);
        }
        else
        {
            Progress.Add(stored! with { Progress = progress });
        }

        return new CommitResult(CommitVerdict.Committed, progress, null);
    }

    private void Add(RunId run, RunChange change, RunProgress progress, bool isNew, HashSet<string> taken)
    {
        (isNew ? NewHeads : Heads).Add(change.Head);
        (isNew ? NewProgress : Progress).Add(ProgressRow.Of(change.Head, progress));
        Transitions.AddRange(change.Transitions.Select(transition => new Entry<StateTransition>(run, transition)));
        Commands.AddRange(change.Commands);
        Events.AddRange(change.Events);
        if (change.Manifest is { } manifest)
        {
            Manifests.Add(new(run, manifest));
        }

        if (change.Audit is { } entry)
        {
            Audit.Add(new(run, entry));
        }

        if (change.Idempotency is { } record)
        {
            taken.Add(record.Key);
            Keys.Add(new(run, record));
        }
    }
}
