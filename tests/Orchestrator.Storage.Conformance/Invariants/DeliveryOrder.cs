namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>Invariant 5, told from the durable events of a run.</summary>
internal static class DeliveryOrder
{
    public static void Check(RunRecord record)
    {
        var firstDelivered = 0L;
        var delivered = new HashSet<CommandId>();
        var settled = new HashSet<CommandId>();
        var applied = new List<Command>();
        foreach (var (type, command) in record.Events.Where(told => told.Data is CommandData).Select(told => (told.Type, ((CommandData)told.Data).Command)))
        {
            switch (type)
            {
                case EventType.CommandDelivered:
                    Assert.DoesNotContain(command.Id, settled);
                    Assert.DoesNotContain(applied, newer => newer.Sequence > command.Sequence && Overrides(newer, command));
                    if (delivered.Add(command.Id))
                    {
                        Assert.True(command.Sequence > firstDelivered);
                        firstDelivered = command.Sequence;
                    }

                    break;
                case EventType.CommandAcknowledged when command.Status == CommandStatus.Applied:
                    applied.Add(command);
                    settled.Add(command.Id);
                    break;
                case EventType.CommandAcknowledged or EventType.CommandSuperseded or EventType.CommandExpired:
                    settled.Add(command.Id);
                    break;
            }
        }
    }

    /// <summary>Every command that waits is handed out, oldest first, once it is due again.</summary>
    public static async Task CheckThatNothingIsLostAsync(Simulation simulation, ModelRun run)
    {
        simulation.Advance(Simulation.RedeliveryTimeout);
        simulation.Expire(run);
        var waiting = run.Live.Select(command => command.Id).ToList();
        var taken = new List<CommandId>();
        while ((await simulation.Engine.Commands.NextAsync(run.Id)).Value is { } command)
        {
            taken.Add(CommandFacts.Of(command).Id);
        }

        Assert.Equal(waiting, taken);
    }

    private static bool Overrides(Command newer, Command older) => (newer.Type, older.Type) switch
    {
        (CommandType.Tune, CommandType.Tune) => Names(older).IsSubsetOf(Names(newer)),
        (CommandType.Tune, _) or (_, CommandType.Tune) => false,
        _ => true,
    };

    private static HashSet<string> Names(Command tune) => [.. tune.Payload!.Value.EnumerateObject().Select(member => member.Name)];
}
