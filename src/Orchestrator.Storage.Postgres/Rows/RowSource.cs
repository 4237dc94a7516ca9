using Npgsql;

namespace Orchestrator.Storage.Postgres.Rows;

/// <summary>Rows on their way to the database: each column travels as one array, whatever their number, so that the statement stays the same.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
/// <param name="columns">The columns, whose parameters are the first of the statement.</param>
/// <param name="absent">Further columns, of which no row has a value: they do not travel.</param>
internal sealed class RowSource<TRow>(IReadOnlyList<Column<TRow>> columns, params IReadOnlyList<Column<TRow>> absent)
{
    /// <summary>The rows, as a source <c>n</c> whose column <c>nth</c> counts them from 1.</summary>
    public string Sql { get; } = absent.Count == 0
        ? $"{Unnest(columns)} AS n({Names(columns)}, nth)"
        : $"(SELECT u.*, {string.Join(", ", absent.Select(column => $"NULL::{column.ParameterType[..^2]} AS {column.Name}"))} FROM {Unnest(columns)} AS u({Names(columns)}, nth)) AS n";

    public void AddTo(NpgsqlBatchCommand command, IReadOnlyList<TRow> rows)
    {
        foreach (var column in columns)
        {
            command.Parameters.Add(column.Gather(rows));
        }
    }

    private static string Unnest(IReadOnlyList<Column<TRow>> columns) =>
        $"unnest({string.Join(", ", columns.Select((column, i) => $"${i + 1}::{column.ParameterType}"))}) WITH ORDINALITY";

    private static string Names(IReadOnlyList<Column<TRow>> columns) => string.Join(", ", columns.Select(column => column.Name));
}
