using System.Net.Sockets;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>What a fault of the database means.</summary>
internal static class StoreFaults
{
    private const string IdleInTransaction = "25P03";
    private const string TransactionTimeout = "25P04";

    private static readonly string[] Guards = ["run_progress_pkey", "runs_pkey", "idempotency_keys_pkey"];

    /// <summary>The database did not do what it was told, because it cannot be reached, is full, or is about to stop.</summary>
    public static bool IsUnavailable(Exception fault) => fault switch
    {
        // https://www.postgresql.org/docs/15/errcodes-appendix.html: connections, authorization, a missing database, resources, operator intervention,
        // system errors, a server that is a standby now, and locks that somebody else holds or that we held for too long.
        PostgresException { SqlState: var state } => state[..2] is "08" or "28" or "3D" or "53" or "57" or "58"
            || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable or IdleInTransaction or TransactionTimeout,
        LostReplyException or NpgsqlException or TimeoutException or IOException or SocketException => true,
        _ => false,
    };

    /// <summary>The transaction was rolled back because of another one: told again, it may succeed.</summary>
    public static bool IsLostRace(Exception fault) => fault is PostgresException lost
        && (lost.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            || (lost.SqlState == PostgresErrorCodes.UniqueViolation && Guards.Contains(lost.ConstraintName)));

    /// <summary>The fault as the port tells it, without what may be secret.</summary>
    public static StoreUnavailableException ToUnavailable(Exception fault) => fault switch
    {
        LostReplyException { InnerException: { } cause } => ToUnavailable(cause),
        PostgresException { SqlState: var state } => new StoreUnavailableException($"PostgreSQL refused to work (SQLSTATE {state}).", fault),
        _ => new StoreUnavailableException("PostgreSQL did not answer.", fault),
    };
}
