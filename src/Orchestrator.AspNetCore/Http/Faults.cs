namespace Orchestrator.AspNetCore.Http;

/// <summary>What is wrong with the parts of a request that only HTTP has: its query and headers, and the text of its times.</summary>
internal struct Faults
{
    public const string Time = "must be an RFC 3339 date and time";

    private Dictionary<string, List<string>>? _byMember;

    public void Add(string member, string fault)
    {
        _byMember ??= [];
        if (!_byMember.TryGetValue(member, out var faults))
        {
            _byMember[member] = faults = [];
        }

        faults.Add(fault);
    }

    /// <summary>The refusal that lists every fault; <see langword="null"/> when there is none.</summary>
    public readonly Refusal? ToRefusal() => _byMember is null
        ? null
        : new Refusal(
            RefusalCode.ValidationFailed,
            "The request is not valid: " + string.Join("; ", _byMember.Select(pair => $"{pair.Key} {string.Join(", ", pair.Value)}")) + ".")
        {
            Details = new Dictionary<string, object?> { ["errors"] = _byMember },
        };
}
