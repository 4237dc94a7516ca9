using System.Diagnostics.CodeAnalysis;

namespace Orchestrator;

/// <summary>The id of the experiment that a run belongs to: 1 to 128 characters of <c>A-Z a-z 0-9 . _ -</c>, and not <c>.</c> or <c>..</c>.</summary>
/// <remarks>The default value stands for "no id"; requests that carry it are refused as <see cref="RefusalCode.ValidationFailed"/>.</remarks>
public readonly record struct ExperimentId : IParsable<ExperimentId>
{
    private readonly string? _value;

    private ExperimentId(string value) => _value = value;

    /// <summary>The text of the id.</summary>
    /// <exception cref="InvalidOperationException">This is the default value.</exception>
    public string Value => _value ?? throw Identifier.NoValue();

    /// <summary>Whether this is the default value, which is no id.</summary>
    public bool IsDefault => _value is null;

    /// <summary>Reads an id.</summary>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static ExperimentId Parse(string s) => new(Identifier.Check(s));

    /// <summary>Reads an id, if the text is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out ExperimentId result)
    {
        result = Identifier.IsValid(s) ? new(s) : default;
        return !result.IsDefault;
    }

    static ExperimentId IParsable<ExperimentId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ExperimentId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ExperimentId result) => TryParse(s, out result);

    /// <summary>The text of the id, empty for the default value.</summary>
    public override string ToString() => _value ?? "";
}
