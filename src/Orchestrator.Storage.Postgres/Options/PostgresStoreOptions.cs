namespace Orchestrator;

/// <summary>How runs are kept in PostgreSQL.</summary>
public sealed class PostgresStoreOptions
{
    internal const string DefaultSchema = "orchestrator";

    /// <summary>The schema of the tables, created when it is missing. Lower-case letters, digits and underscores, at most 50. Default <c>orchestrator</c>.</summary>
    public string Schema { get; set; } = DefaultSchema;

    /// <summary>What is done about the tables at the start. Default <see cref="MigrationMode.Apply"/>.</summary>
    public MigrationMode Migrate { get; set; } = MigrationMode.Apply;

    /// <summary>
    /// Whether hosts tell each other of changes by LISTEN and NOTIFY. Switch it off behind a pooler that shares connections between transactions;
    /// each host then looks for changes of the others ten times a second. Default <see langword="true"/>.
    /// </summary>
    public bool Notifications { get; set; } = true;

    /// <summary>
    /// Whether statements are prepared once for each connection. Switch it off behind a pooler that shares connections between transactions and does
    /// not follow prepared statements. Default <see langword="true"/>.
    /// </summary>
    public bool PreparedStatements { get; set; } = true;
}
