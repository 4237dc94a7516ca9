using System.Net.Sockets;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>What a fault of the database means. The one place that judges an SQLSTATE.</summary>
/// <remarks>https://www.postgresql.org/docs/15/errcodes-appendix.html</remarks>
internal static class StoreFaults
{
    private const string CompletionUnknown = "40003";
    private const string DuplicatePreparedStatement = "42P05";

    private static readonly string[] Guards = ["run_progress_pkey", "runs_pkey", "idempotency_keys_pkey"];

    /// <summary>Whether the fault is one of the database or of the way to it. Every SQLSTATE is.</summary>
    public static bool IsUnavailable(Exception fault) =>
        fault is LostReplyException or NpgsqlException or TimeoutException or IOException or SocketException || IsUnreportedError(fault);

    /// <summary>Whether the database rolled the transaction back because of another one: repeated, it may succeed.</summary>
    public static bool IsLostRace(Exception fault) => fault is PostgresException { SqlState: var state } lost
        && ((state.StartsWith("40", StringComparison.Ordinal) && state != CompletionUnknown)
            || (state == PostgresErrorCodes.UniqueViolation && Guards.Contains(lost.ConstraintName)));

    /// <summary>
    /// Whether the database refused a statement as wrong: its data (class 22), a constraint (23), its syntax or the rights to it (42). To repeat it has no use.
    /// A pooler that does not follow prepared statements causes 42P05, which another connection may not have.
    /// </summary>
    public static bool IsRefusal(Exception fault) =>
        fault is PostgresException { SqlState: var state } && state[..2] is "22" or "23" or "42" && state != DuplicatePreparedStatement && !IsLostRace(fault);

    /// <summary>
    /// Whether a commit that failed with this fault may be stored. An ERROR has rolled its transaction back. A connection that ended (FATAL), and a pooler that
    /// lost its own (class 08), may have taken the answer with them.
    /// </summary>
    public static bool IsOutcomeUnknown(Exception fault) => fault is PostgresException { SqlState: var state } told
        ? told.InvariantSeverity != "ERROR" || state == CompletionUnknown || state.StartsWith("08", StringComparison.Ordinal)
        : IsUnavailable(fault);

    /// <summary>Npgsql 10.0 throws this in place of the error 0A000 of a statement that is not prepared: it looks for a plan to discard, and there is none.</summary>
    private static bool IsUnreportedError(Exception fault) => fault is NullReferenceException { Source: nameof(Npgsql) };

    /// <summary>The fault as the port reports it, without what may be secret.</summary>
    public static StoreUnavailableException ToUnavailable(Exception fault) => fault switch
    {
        LostReplyException { InnerException: { } cause } => ToUnavailable(cause),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied => new StoreUnavailableException(
            $"PostgreSQL denies the user of the orchestrator a right that it needs: {denied.MessageText} (SQLSTATE {denied.SqlState}). Grant it.", fault)
        {
            IsTransient = false,
        },
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } full => new StoreUnavailableException(
            $"PostgreSQL has no connection left (SQLSTATE {full.SqlState}): raise its max_connections, or lower Maximum Pool Size in the connection string of each host.", fault),
        PostgresException { SqlState: var state } when IsRefusal(fault) =>
            new StoreUnavailableException($"PostgreSQL refused a statement of the orchestrator as wrong (SQLSTATE {state}).", fault) { IsTransient = false },
        PostgresException { SqlState: var state } => new StoreUnavailableException($"PostgreSQL refused to work (SQLSTATE {state}).", fault),
        _ => new StoreUnavailableException("PostgreSQL did not answer.", fault),
    };
}
