using System.Text.Json;

namespace Orchestrator;

/// <summary>
/// The members of a stored value that a newer version wrote and this one does not know. The value keeps them, so that they are written back when it is
/// rewritten. They are no part of what it says: with different ones, values are equal.
/// </summary>
/// <param name="members">The members by name; <see langword="null"/> for none.</param>
internal readonly struct UnknownMembers(Dictionary<string, JsonElement>? members) : IEquatable<UnknownMembers>
{
    public Dictionary<string, JsonElement>? Members { get; } = members;

    public bool Equals(UnknownMembers other) => true;

    public override bool Equals(object? obj) => obj is UnknownMembers;

    public override int GetHashCode() => 0;
}
