namespace Orchestrator;

/// <summary>What is known of a tunable from what workers acknowledged as applied.</summary>
/// <param name="Value">
/// The value in force; <see langword="null"/> where none is known, because the worker applied a command that asked for one and did not say which it took.
/// </param>
/// <param name="Sequence">The newest applied command that asked for it: an older command never overwrites it. 0 where none did, and a worker told of it unasked.</param>
public readonly record struct TunedValue(double? Value, long Sequence)
{
    /// <inheritdoc cref="UnknownMembers"/>
    internal UnknownMembers Unknown { get; init; }
}
