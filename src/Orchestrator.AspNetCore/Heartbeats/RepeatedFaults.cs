namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>
/// Shortens the refusals of a batch that list the same faults again: the answer to a thousand empty objects would otherwise be two hundred times as long as
/// they are.
/// </summary>
internal struct RepeatedFaults
{
    private Dictionary<string, int>? _firstByMessage;

    /// <summary>The refusal itself where its faults are new, else one that names the result which lists them.</summary>
    /// <param name="refusal">The refusal of an item.</param>
    /// <param name="index">The place of the item in the batch, from 0.</param>
    public Refusal Shorten(Refusal refusal, int index)
    {
        if (refusal.Code != RefusalCode.ValidationFailed)
        {
            return refusal;
        }

        // The message of such a refusal lists every fault.
        _firstByMessage ??= new Dictionary<string, int>(StringComparer.Ordinal);
        return _firstByMessage.TryAdd(refusal.Message, index) ? refusal : SameAs(_firstByMessage[refusal.Message]);
    }

    private static Refusal SameAs(int first) => new(RefusalCode.ValidationFailed, $"The faults are those of result {first}.")
    {
        Details = new Dictionary<string, object?> { ["same_as"] = first },
    };
}
