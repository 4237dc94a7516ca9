using System.Globalization;
using System.Text;

namespace Orchestrator.Core.Diagnostics;

/// <summary>
/// Text of a caller in a log entry. Control characters, line breaks and characters that change the direction of text are written as <c>\uXXXX</c>, so that a
/// caller can neither forge a line of the log nor send escapes to a terminal.
/// </summary>
/// <param name="text">The text as the caller gave it.</param>
internal readonly struct LogText(string text)
{
    public override string ToString()
    {
        foreach (var character in text)
        {
            if (IsUnsafe(character))
            {
                return Escape(text);
            }
        }

        return text;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (IsUnsafe(character))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                escaped.Append(character);
            }
        }

        return escaped.ToString();
    }

    private static bool IsUnsafe(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
