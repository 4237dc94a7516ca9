namespace Orchestrator;

/// <summary>
/// A request that was refused and changed nothing that it asked for. Refusals are values, never exceptions.
/// </summary>
/// <param name="Code">The stable reason.</param>
/// <param name="Message">One sentence for a person. Its wording is not stable.</param>
public sealed record Refusal(RefusalCode Code, string Message)
{
    private static readonly IReadOnlyDictionary<string, object?> None = new Dictionary<string, object?>();

    /// <summary>
    /// What a program needs to react, by wire name (contract, sections 2 to 4). Values are <see langword="null"/>, <see cref="string"/>,
    /// <see cref="long"/>, <see cref="int"/>, <see cref="double"/>, a list of strings, or (for <c>errors</c>) a map of member to list of faults.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = None;
}
