namespace Orchestrator;

/// <summary>The newest heartbeat that was refused for a reason not seen before in its attempt.</summary>
/// <param name="Code">Why it was refused; the default value where a newer version refused it for a reason that this one does not know.</param>
/// <param name="At">When, on the store's clock.</param>
public sealed record LastRefusal(RefusalCode Code, DateTimeOffset At)
{
    private static readonly Dictionary<string, RefusalCode> Codes =
        Enum.GetValues<RefusalCode>().ToDictionary(code => code.ToWireName(), StringComparer.Ordinal);

    /// <summary>The wire name of the reason, also where <see cref="Code"/> has no value for it.</summary>
    public string Name
    {
        get => field ?? Code.ToWireName();
        private init;
    }

    /// <inheritdoc cref="UnknownMembers"/>
    internal UnknownMembers Unknown { get; init; }

    /// <summary>Makes a refusal of its wire name.</summary>
    /// <param name="name">The wire name of the reason, which a newer version may have written.</param>
    /// <param name="at">When.</param>
    public static LastRefusal Of(string name, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Codes.TryGetValue(name, out var code) ? new LastRefusal(code, at) : new LastRefusal(default, at) { Name = name };
    }
}
