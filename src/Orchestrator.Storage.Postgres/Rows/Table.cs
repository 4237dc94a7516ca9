using Npgsql;

namespace Orchestrator.Storage.Postgres.Rows;

/// <summary>A table, and the statements that write many rows of it at once.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
internal sealed class Table<TRow>
{
    private readonly List<Column<TRow>> _columns;
    private readonly RowSource<TRow> _rows;
    private readonly string _insert;
    private readonly string _update;
    private readonly string _upsert;

    /// <param name="name">Its name, with the schema.</param>
    /// <param name="keys">The columns that are its key.</param>
    /// <param name="constants">Further columns that never change.</param>
    /// <param name="variables">The columns that change.</param>
    public Table(string name, IReadOnlyList<Column<TRow>> keys, IReadOnlyList<Column<TRow>> constants, IReadOnlyList<Column<TRow>> variables)
    {
        _columns = [.. keys, .. constants, .. variables];
        _rows = new RowSource<TRow>(_columns);
        Name = name;
        Names = string.Join(", ", _columns.Select(column => column.Name));
        Values = string.Join(", ", _columns.Select(column => column.From("n")));
        _insert = $"INSERT INTO {name} ({Names}) SELECT {Values} FROM {Rows} ORDER BY n.nth";
        _upsert = $"{_insert} ON CONFLICT ({string.Join(", ", keys.Select(key => key.Name))}) DO UPDATE SET {string.Join(", ", variables.Select(column => $"{column.Name} = excluded.{column.Name}"))}";
        _update = $"UPDATE {name} AS t SET {string.Join(", ", variables.Select(column => $"{column.Name} = {column.From("n")}"))} FROM {Rows} WHERE {string.Join(" AND ", keys.Select(key => $"t.{key.Name} = n.{key.Name}"))}";
    }

    public string Name { get; }

    /// <summary>How many columns there are.</summary>
    public int Width => _columns.Count;

    /// <summary>The columns, for a statement that inserts.</summary>
    public string Names { get; }

    /// <summary>Their values in a row of <see cref="Rows"/>.</summary>
    public string Values { get; }

    /// <inheritdoc cref="RowSource{TRow}.Sql"/>
    public string Rows => _rows.Sql;

    /// <summary>The columns, for a statement that reads.</summary>
    /// <param name="source">The table's name there.</param>
    public string Select(string source) => string.Join(", ", _columns.Select(column => $"{source}.{column.Name}"));

    public NpgsqlBatchCommand Insert(IReadOnlyList<TRow> rows) => Write(_insert, rows);

    /// <summary>Replaces rows that are there.</summary>
    public NpgsqlBatchCommand Update(IReadOnlyList<TRow> rows) => Write(_update, rows);

    /// <summary>Adds rows, or replaces those that are there.</summary>
    public NpgsqlBatchCommand Upsert(IReadOnlyList<TRow> rows) => Write(_upsert, rows);

    /// <summary>A statement over <see cref="Rows"/>.</summary>
    public NpgsqlBatchCommand Write(string sql, IReadOnlyList<TRow> rows)
    {
        var command = new NpgsqlBatchCommand(sql);
        _rows.AddTo(command, rows);
        return command;
    }
}
