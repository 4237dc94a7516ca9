using Npgsql;
using NpgsqlTypes;

namespace Orchestrator.Storage.Postgres.Rows;

/// <summary>A column of a table, and how the rows of a batch fill it.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
internal sealed class Column<TRow>
{
    private readonly string? _type;
    private readonly Func<IReadOnlyList<TRow>, NpgsqlParameter> _gather;

    private Column(string name, string parameterType, string? type, Func<IReadOnlyList<TRow>, NpgsqlParameter> gather)
    {
        Name = name;
        ParameterType = parameterType;
        _type = type;
        _gather = gather;
    }

    public string Name { get; }

    /// <summary>The type of the array in which its values are sent.</summary>
    public string ParameterType { get; }

    /// <summary>Its value in a row of parameters.</summary>
    public string From(string row) => _type is null ? $"{row}.{Name}" : $"{row}.{Name}::{_type}";

    /// <summary>Its values in all rows, as one parameter.</summary>
    public NpgsqlParameter Gather(IReadOnlyList<TRow> rows) => _gather(rows);

    public static Column<TRow> Text(string name, Func<TRow, string?> value) => Of(name, "text[]", NpgsqlDbType.Text, value);

    public static Column<TRow> Json(string name, Func<TRow, string?> value, string type = "json") => Of(name, "text[]", NpgsqlDbType.Text, value, type);

    public static Column<TRow> Number(string name, Func<TRow, long?> value) => Of(name, "bigint[]", NpgsqlDbType.Bigint, value);

    public static Column<TRow> Int(string name, Func<TRow, int?> value) => Of(name, "integer[]", NpgsqlDbType.Integer, value);

    public static Column<TRow> Double(string name, Func<TRow, double?> value) => Of(name, "double precision[]", NpgsqlDbType.Double, value);

    public static Column<TRow> Flag(string name, Func<TRow, bool?> value) => Of(name, "boolean[]", NpgsqlDbType.Boolean, value);

    public static Column<TRow> Time(string name, Func<TRow, DateTimeOffset?> value) =>
        Of(name, "timestamptz[]", NpgsqlDbType.TimestampTz, row => value(row)?.ToUniversalTime());

    /// <summary>An id; one without bits is none.</summary>
    public static Column<TRow> Id(string name, Func<TRow, Guid> value) =>
        Of(name, "uuid[]", NpgsqlDbType.Uuid, row => value(row) is var id && id == default ? default(Guid?) : id);

    private static Column<TRow> Of<TValue>(string name, string parameterType, NpgsqlDbType element, Func<TRow, TValue> value, string? type = null) =>
        new(name, parameterType, type, rows =>
        {
            var values = new TValue[rows.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = value(rows[i]);
            }

            return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element };
        });
}
