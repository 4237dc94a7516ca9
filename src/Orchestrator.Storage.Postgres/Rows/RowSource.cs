using Npgsql;

namespace Orchestrator.Storage.Postgres.Rows;

/// <summary>Rows on their way to the database: each column travels as one array, whatever their number, so that the statement stays the same.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
/// <param name="columns">The columns, whose parameters are the first of the statement.</param>
internal sealed class RowSource<TRow>(IReadOnlyList<Column<TRow>> columns)
{
    /// <summary>The rows, as a source <c>n</c> whose column <c>nth</c> counts them from 1.</summary>
    public string Sql { get; } =
        $"unnest({string.Join(", ", columns.Select((column, i) => $"${i + 1}::{column.ParameterType}"))}) WITH ORDINALITY AS n({string.Join(", ", columns.Select(column => column.Name))}, nth)";

    public void AddTo(NpgsqlBatchCommand command, IReadOnlyList<TRow> rows)
    {
        foreach (var column in columns)
        {
            command.Parameters.Add(column.Gather(rows));
        }
    }
}
