namespace Orchestrator.Storage;

/// <summary>
/// Where runs are kept. A store knows rows and keys, not the rules: it applies a decided change whole or not at all, and answers
/// who was first. Everything else is decided before a change reaches it.
/// </summary>
/// <remarks>
/// <para>A store is safe for concurrent use, also by several hosts. Each sentence below is a promise that the engine leans on.</para>
/// <para>Losing a race is a verdict, never an exception. A store that is out of reach throws <see cref="StoreUnavailableException"/>;
/// for a commit that means that its outcome is unknown, and the engine answers so. Any other exception of a commit means that nothing of
/// it was stored: the engine tries its halves apart.</para>
/// </remarks>
public interface IRunStore
{
    /// <summary>What this store can do and needs. Constant.</summary>
    StoreTraits Traits { get; }

    /// <summary>The store's clock, which all times of runs are on. It does not jump with the wall clock of a host.</summary>
    ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken);

    /// <summary>Applies writes, each whole or not at all, and independently of the others.</summary>
    /// <remarks>
    /// <para>A write is applied when the run stands at <see cref="RunWrite.ExpectedRevision"/> (0: it does not exist), and, where
    /// given, its progress stands at <see cref="RunWrite.ExpectedHeartbeats"/>, its head was made by <see cref="RunWrite.ExpectedCommit"/>, and its
    /// <see cref="RunWrite.Heartbeat"/> passes <see cref="HeartbeatWrite.IsAcceptedBy"/>: as <see cref="RunWrite.Fits"/> says. Otherwise the verdict is <see cref="CommitVerdict.Conflict"/> and nothing of it is stored.</para>
    /// <para>A change whose idempotency key the store holds already, for whichever run, is a <see cref="CommitVerdict.Duplicate"/>, also when it is a conflict too.</para>
    /// <para>A heartbeat is stored as <see cref="Heartbeat.ApplyTo"/> says, on the progress that the store holds. With a change that has a
    /// <see cref="RunChange.Progress"/>, that progress replaces the stored one instead.</para>
    /// <para>A change stores its head, adds its transitions and events, adds or replaces its commands by id, and keeps its idempotency
    /// record. When the call returns, everything committed survives whatever <see cref="StoreTraits"/> promise.</para>
    /// <para>There is no cancellation: what was sent is finished, one way or the other.</para>
    /// </remarks>
    /// <param name="writes">At most <see cref="StoreTraits.MaxBatch"/>, no two for one run.</param>
    /// <param name="results">As long as <paramref name="writes"/>; filled with the verdicts in their order.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer; what became of the writes is unknown. Where it can tell of some of them, the verdict
    /// on the others is <see cref="CommitVerdict.Unknown"/> instead.</exception>
    ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results);

    /// <summary>Reads runs as they stand, each consistent in itself: head, progress and live commands of one moment, after every
    /// commit that was answered before the call.</summary>
    /// <param name="lookups">Which runs, and what of them.</param>
    /// <param name="views">As long as <paramref name="lookups"/>; filled in their order, with <see langword="null"/> for a run that does not exist.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken);

    /// <summary>The run whose change was committed with this idempotency key; <see langword="null"/> for none.</summary>
    ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>
    /// Lists runs, newest first, including every run whose creation was answered before the call. Runs that are created while
    /// somebody pages neither shift nor repeat what follows.
    /// </summary>
    /// <param name="filter">Which runs.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cursor">Where the page before ended, as this store wrote it; <see langword="null"/> for the first.</param>
    /// <param name="detail">Whether the views carry manifests.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="FormatException">The cursor is none of this store's.</exception>
    ValueTask<Page<RunView>> ListAsync(RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken);

    /// <summary>
    /// The queued runs that a claim may take: highest priority first, and the one created first among equals; as they are after every commit that
    /// was answered before the call.
    /// </summary>
    /// <param name="filter">The labels that the runs must have, and what they may require.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>The runs that this worker has by its id, in the order of their creation.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="isStarted">
    /// <see langword="false"/> for those that are <c>provisioning</c>, <see langword="true"/> for those that are <c>running</c>, <c>paused</c> or <c>errored</c>.
    /// </param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The runs that are due: whose <see cref="RunHead.NextDue"/>, of the progress that the store holds, is no later than
    /// <paramref name="now"/>. Each of them once while somebody pages, also those that stay as they are; one that becomes due
    /// meanwhile may wait for the next look.
    /// </summary>
    /// <remarks>
    /// Plain heartbeats move what is due on without a change. A store need not follow them: it may keep an earlier moment for a run, look when
    /// that has come, and move it on by itself.
    /// </remarks>
    /// <param name="now">The moment.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cursor">Where the page before ended, as this store wrote it; <see langword="null"/> for the first.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken);

    /// <summary>How many runs there are, by state and health.</summary>
    ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken);

    /// <summary>Drops runs that ended before a moment, those that ended first first, each with all that belongs to it.</summary>
    /// <param name="endedBefore">The moment.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops it between runs.</param>
    /// <returns>How many were dropped; fewer than <paramref name="limit"/> when no more are left.</returns>
    ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken);

    /// <summary>The transitions of a run by sequence, from after <paramref name="after"/>; empty for an unknown run.</summary>
    ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken);

    /// <summary>The commands of a run by sequence, from after <paramref name="after"/>; empty for an unknown run.</summary>
    ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The durable events of a run by sequence, from after <paramref name="after"/>; empty for an unknown run. Those that a newer version wrote and this one
    /// cannot read are among them (<see cref="StoredJson.ReadEvent"/>).
    /// </summary>
    ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the feed: the durable events of all runs and of the fleet, those of each run in their order. A position that was passed is
    /// complete: no event ever comes to stand before it later, whichever commit it came with. Events that a newer version wrote and this one cannot read are
    /// among them (<see cref="StoredJson.ReadEvent"/>).
    /// </summary>
    /// <param name="after">
    /// The position to read after, as this store wrote it; <c>0</c> for the first event that is kept; <see langword="null"/> for the end: the page
    /// is empty then, and its <see cref="FeedPage.Next"/> is the position of whatever comes next.
    /// </param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="FormatException">The position is none of this store's, or a newer version wrote it in another form.</exception>
    /// <exception cref="FeedExpiredException">Events after the position were dropped since it was given out; what had been dropped before is no gap.</exception>
    ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads a note; <see langword="null"/> when it was never written.</summary>
    ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes a note, if it stands where the writer expects it, together with an event of the fleet.</summary>
    /// <param name="key">The note.</param>
    /// <param name="value">Its value from now on.</param>
    /// <param name="expectedVersion">The version that it must stand at; 0 when it must not exist.</param>
    /// <param name="told">An event of no run, which joins the feed with the write; <see langword="null"/> for none.</param>
    /// <returns>Whether it was written. There is no cancellation: what was sent is finished, one way or the other.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; whether it was written is unknown.</exception>
    ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told);

    /// <summary>The audit entries of a run by sequence, from after <paramref name="after"/>; empty for an unknown run.</summary>
    ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="wake"/> soon after a change that tells of an event was committed, by this host or by another, and, with the
    /// default of both arguments, after an event of the fleet. A hint without data: it may be lost, repeated or merged with another, and costs only
    /// time when it is (<see cref="StoreTraits.LookAgain"/>). The callback returns at once and does not throw.
    /// </summary>
    /// <returns>Ends the calls when disposed of.</returns>
    IDisposable Subscribe(Action<RunId, RunState> wake);
}
