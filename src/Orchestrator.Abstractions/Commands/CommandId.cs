using System.Diagnostics.CodeAnalysis;

namespace Orchestrator;

/// <summary>The id of a command, unique within its run: 1 to 128 characters of <c>A-Z a-z 0-9 . _ -</c>, and not <c>.</c> or <c>..</c>.</summary>
/// <remarks>The default value stands for "no id"; requests that carry it are refused as <see cref="RefusalCode.ValidationFailed"/>.</remarks>
public readonly record struct CommandId : IParsable<CommandId>
{
    private readonly string? _value;

    private CommandId(string value) => _value = value;

    /// <summary>The text of the id.</summary>
    /// <exception cref="InvalidOperationException">This is the default value.</exception>
    public string Value => _value ?? throw Identifier.NoValue();

    /// <summary>Whether this is the default value, which is no id.</summary>
    public bool IsDefault => _value is null;

    /// <summary>A fresh id, a UUIDv7, so that ids sort by the time they were made.</summary>
    /// <param name="now">The time to put into the id.</param>
    public static CommandId New(DateTimeOffset now) => new(Identifier.New(now));

    /// <summary>Reads an id.</summary>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static CommandId Parse(string s) => new(Identifier.Check(s));

    /// <summary>Reads an id, if the text is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out CommandId result)
    {
        result = Identifier.IsValid(s) ? new(s) : default;
        return !result.IsDefault;
    }

    static CommandId IParsable<CommandId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<CommandId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CommandId result) => TryParse(s, out result);

    /// <summary>The text of the id, empty for the default value.</summary>
    public override string ToString() => _value ?? "";
}
