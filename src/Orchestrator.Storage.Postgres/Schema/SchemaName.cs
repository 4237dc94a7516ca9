namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>Which names a schema may have: those that need no care anywhere.</summary>
internal static class SchemaName
{
    private const int MaxLength = 63;

    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength } && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>The name as it stands in statements, also where it is a keyword.</summary>
    public static string Quote(string name) => $"\"{name}\"";
}
