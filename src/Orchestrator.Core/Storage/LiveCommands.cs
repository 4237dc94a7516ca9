namespace Orchestrator.Core.Storage;

/// <summary>The commands of a run that are pending or delivered, by sequence.</summary>
internal static class LiveCommands
{
    /// <summary>The commands once one of the run's was accepted, or stands otherwise. Never the same list: one that is walked does not change.</summary>
    public static IReadOnlyList<Command> With(this IReadOnlyList<Command> live, Command command)
    {
        var isLive = command.Status is CommandStatus.Pending or CommandStatus.Delivered;
        var place = 0;
        while (place < live.Count && live[place].Id != command.Id)
        {
            place++;
        }

        if (place == live.Count)
        {
            return isLive ? [.. live, command] : live;
        }

        var with = new Command[isLive ? live.Count : live.Count - 1];
        for (var i = 0; i < with.Length; i++)
        {
            with[i] = isLive && i == place ? command : live[isLive || i < place ? i : i + 1];
        }

        return with;
    }
}
