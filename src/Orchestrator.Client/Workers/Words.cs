namespace Orchestrator.Client.Workers;

/// <summary>Words for people, as every store can keep them.</summary>
internal static class Words
{
    public const int MaxReason = 1_024;

    private const char Replacement = '\uFFFD';

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
