using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator;

/// <summary>The rule that every id follows: 1 to 128 characters of <c>A-Z a-z 0-9 . _ -</c>, and not <c>.</c> or <c>..</c> (contract, section 1).</summary>
internal static class Identifier
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValid([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= MaxLength } and not "." and not ".." && !text.AsSpan().ContainsAnyExcept(Alphabet);

    public static string Check(string? text) => IsValid(text)
        ? text
        : throw new FormatException("an id is 1 to 128 characters of A-Z a-z 0-9 . _ -, and neither '.' nor '..'");

    public static string New(DateTimeOffset now) => Guid.CreateVersion7(now).ToString();

    public static InvalidOperationException NoValue() => new("this is no id: a default value was used where Parse, TryParse or New gives one");
}
