using Orchestrator.Storage.Postgres.Schema;

namespace Orchestrator;

/// <summary>The tables, for those who create them by hand.</summary>
public static class PostgresMigrations
{
    /// <summary>The statements that create everything in a database that has none of it, as one transaction for <c>psql</c>.</summary>
    /// <param name="schema">The schema; see <see cref="PostgresStoreOptions.Schema"/>.</param>
    /// <exception cref="ArgumentException">The schema has no proper name.</exception>
    public static string Script(string schema = PostgresStoreOptions.DefaultSchema)
    {
        SchemaName.Check(schema, nameof(schema));
        return Migrator.Script(schema);
    }
}
