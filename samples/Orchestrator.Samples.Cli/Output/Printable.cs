using System.Globalization;
using System.Text;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>Texts of others, such as names and messages, as a terminal may have them: without characters that it would obey or that reorder others.</summary>
internal static class Printable
{
    public static string Of(string? text) => text is null ? "" : string.Concat(text.EnumerateRunes().Select(Shown));

    private static Rune Shown(Rune rune) =>
        Rune.IsWhiteSpace(rune) ? new Rune(' ')
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format ? Rune.ReplacementChar
        : rune;
}
