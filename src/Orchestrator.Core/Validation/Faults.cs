namespace Orchestrator.Core.Validation;

/// <summary>Gathers what is wrong with a request, by member, so that all of it is told at once.</summary>
internal struct Faults
{
    private SortedDictionary<string, IReadOnlyList<string>>? _byMember;

    public void Add(string member, string fault)
    {
        _byMember ??= new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (!_byMember.TryGetValue(member, out var faults))
        {
            _byMember[member] = [fault];
        }
        else if (!faults.Contains(fault))
        {
            _byMember[member] = [.. faults, fault];
        }
    }

    public void Require(bool holds, string member, string fault)
    {
        if (!holds)
        {
            Add(member, fault);
        }
    }

    /// <summary>The refusal that lists every fault; <see langword="null"/> when there is none.</summary>
    public readonly Refusal? ToRefusal() => _byMember is null
        ? null
        : new Refusal(RefusalCode.ValidationFailed, "The request is not valid: " + string.Join("; ", _byMember.Select(pair => $"{pair.Key} {string.Join(", ", pair.Value)}")) + ".")
        {
            Details = new Dictionary<string, object?> { ["errors"] = _byMember },
        };
}
