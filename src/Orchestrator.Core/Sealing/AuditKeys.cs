using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Sealing;

/// <summary>The keys that audit entries are sealed and verified with.</summary>
internal sealed class AuditKeys
{
    private const int MinKeyBytes = 32;
    private const int MaxIdLength = 128;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool _acceptUnkeyed;

    /// <param name="options">Options without <see cref="FindFaults"/>.</param>
    public AuditKeys(AuditOptions options)
    {
        foreach (var (id, key) in options.Keys)
        {
            _keys.Add(id, Convert.FromBase64String(key));
        }

        CurrentId = options.KeyId;
        Current = CurrentId is null ? null : _keys[CurrentId];
        _acceptUnkeyed = CurrentId is null || options.AcceptUnkeyed;
    }

    /// <summary>The id of the key that seals new entries; <see langword="null"/> for none.</summary>
    public string? CurrentId { get; }

    /// <summary>The key that seals new entries; <see langword="null"/> for none.</summary>
    public byte[]? Current { get; }

    /// <summary>The key that an entry says it was sealed with.</summary>
    /// <param name="id">The id in the entry.</param>
    /// <param name="key">The key; <see langword="null"/> for an entry without one.</param>
    /// <returns>Whether such an entry can be trusted at all.</returns>
    public bool TryFind(string? id, out byte[]? key)
    {
        key = null;
        return id is null ? _acceptUnkeyed : _keys.TryGetValue(id, out key);
    }

    /// <summary>What is wrong with options, with the key of each below <c>Orchestrator</c>. Never shows a secret.</summary>
    public static IEnumerable<string> FindFaults(AuditOptions options)
    {
        if (options.KeyId is { } current && !options.Keys.ContainsKey(current))
        {
            yield return $"Audit:KeyId is {current}; it must be one of Audit:Keys ({(options.Keys.Count == 0 ? "none" : string.Join(", ", options.Keys.Keys))}).";
        }

        foreach (var (id, key) in options.Keys)
        {
            if (id.Length is 0 or > MaxIdLength)
            {
                yield return $"Audit:Keys:{id} has an id of {id.Length} characters; it must have 1 to {MaxIdLength}.";
            }

            if (!TryDecode(key, out var bytes))
            {
                yield return $"Audit:Keys:{id} is not base64.";
            }
            else if (bytes.Length < MinKeyBytes)
            {
                yield return $"Audit:Keys:{id} has {bytes.Length} bytes; it must have at least {MinKeyBytes}.";
            }
        }
    }

    private static bool TryDecode(string? base64, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[base64?.Length ?? 0];
        bytes = Convert.TryFromBase64String(base64 ?? "", buffer, out var length) ? buffer[..length] : null;
        return bytes is not null;
    }
}
