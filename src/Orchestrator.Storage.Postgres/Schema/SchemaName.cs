namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>Which names a schema may have: those that need no care anywhere.</summary>
internal static class SchemaName
{
    // With the prefix of the channel of its notifications it is as long as PostgreSQL takes.
    private const int MaxLength = 50;

    /// <exception cref="ArgumentException">The name is none of those.</exception>
    public static void Check(string? name, string parameter)
    {
        if (!IsValid(name))
        {
            throw new ArgumentException($"'{name}' is no schema name: 1 to 50 characters of a-z 0-9 _, and no digit first", parameter);
        }
    }

    /// <summary>The name as it stands in statements, also where it is a keyword.</summary>
    public static string Quote(string name) => $"\"{name}\"";

    private static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength } && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
