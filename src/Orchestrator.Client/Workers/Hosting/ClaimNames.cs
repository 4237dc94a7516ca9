namespace Orchestrator.Client.Workers.Hosting;

/// <summary>
/// The names that an application claims by. Each is given once: whoever claims again by the same name, before it was heard of, is given the same run
/// again, and two would execute it.
/// </summary>
internal sealed class ClaimNames
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>The name of a worker while nobody has it, or else with the next number after it.</summary>
    public string Next(string workerId)
    {
        lock (_gate)
        {
            var name = workerId;
            for (var number = 2; !_given.Add(name); number++)
            {
                name = $"{workerId}-{number}";
            }

            return name;
        }
    }
}
