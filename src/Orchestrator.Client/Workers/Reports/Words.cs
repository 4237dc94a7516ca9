namespace Orchestrator.Client.Workers.Reports;

/// <summary>Words for people, as every store can keep them.</summary>
internal static class Words
{
    public const int MaxReason = 1_024;

    public const int MaxUri = 2_048;

    private const char Replacement = '\uFFFD';

    /// <summary>Whether every store can keep a text: it has no NUL and no half of a surrogate pair.</summary>
    public static bool AreStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (text[i] == '\0' || char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The beginning of a text, without NUL and halves of surrogate pairs.</summary>
    public static string Fit(string text, int max = MaxReason)
    {
        var fitted = text.Length <= max ? text.ToCharArray() : text[..max].ToCharArray();
        for (var i = 0; i < fitted.Length; i++)
        {
            if (char.IsHighSurrogate(fitted[i]) && i + 1 < fitted.Length && char.IsLowSurrogate(fitted[i + 1]))
            {
                i++;
            }
            else if (fitted[i] == '\0' || char.IsSurrogate(fitted[i]))
            {
                fitted[i] = Replacement;
            }
        }

        return new string(fitted);
    }
}
