using Orchestrator.Samples.Cli.Output;
using Spectre.Console;

namespace Orchestrator.Samples.Cli.Commands;

/// <summary>Commands in a row each.</summary>
internal static class CommandTable
{
    public static Table Of(IEnumerable<Command> commands)
    {
        var table = Cells.Table("COMMAND", "ASKED", "BY", "OUTCOME", "ID");
        foreach (var command in commands)
        {
            table.AddRow(
                Cells.Of(CommandText.Asked(command)),
                Cells.Of(Cells.Time(command.CreatedAt)),
                Cells.Of(command.Actor.Id),
                Cells.Of(CommandText.Outcome(command)),
                Cells.Of(command.Id.Value));
        }

        return table;
    }
}
