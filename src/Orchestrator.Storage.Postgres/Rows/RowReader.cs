using System.Text.Json;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Rows;

/// <summary>Reads the columns of a row one after the other, in the order in which they were selected.</summary>
internal ref struct RowReader(NpgsqlDataReader reader, int start = 0)
{
    private int _next = start;

    /// <summary>Whether the next column has no value.</summary>
    public readonly bool IsNull => reader.IsDBNull(_next);

    public string Text() => reader.GetString(_next++);

    public string? TextOrNull() => Skips() ? null : Text();

    public long Number() => reader.GetInt64(_next++);

    public long? NumberOrNull() => Skips() ? null : Number();

    public int Int() => reader.GetInt32(_next++);

    public int? IntOrNull() => Skips() ? null : Int();

    public double? DoubleOrNull() => Skips() ? null : reader.GetDouble(_next++);

    public bool Flag() => reader.GetBoolean(_next++);

    public bool? FlagOrNull() => Skips() ? null : Flag();

    public Guid Id() => reader.GetGuid(_next++);

    public DateTimeOffset Time() => reader.GetFieldValue<DateTimeOffset>(_next++);

    public DateTimeOffset? TimeOrNull() => Skips() ? null : Time();

    public TimeSpan? SpanOrNull() => Skips() ? null : TimeSpan.FromTicks(Number());

    public T Json<T>() => StoredJson.Read<T>(Text());

    public T? JsonOrNull<T>()
        where T : class => Skips() ? null : Json<T>();

    public JsonElement Element() => JsonElement.Parse(Text());

    public JsonElement? ElementOrNull() => Skips() ? null : Element();

    private bool Skips()
    {
        if (!IsNull)
        {
            return false;
        }

        _next++;
        return true;
    }
}
