using System.CommandLine;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>Runs a command line to its exit code, and tells faults on the standard error stream.</summary>
internal static class Invocation
{
    // Text that begins with @ is meant as it stands, and names no file of more arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args, Parser);
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors)
            {
                await TellAsync(fault.Message);
            }

            await TellAsync($"See '{PathOf(parsed)} --help'.");
            return (int)ExitCode.BadUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (RefusedException fault)
        {
            await TellAsync(fault.Refusal);
            return (int)ExitCodes.Of(fault.Refusal);
        }
        catch (UnexpectedAnswerException fault)
        {
            await TellAsync(fault.Message);
            return (int)ExitCode.Refused;
        }
        catch (OperationCanceledException)
        {
            return (int)ExitCode.Interrupted;
        }
    }

    /// <summary>The code of a refusal, what it says and, where there are, the faults of each member.</summary>
    private static async Task TellAsync(Refusal refusal)
    {
        await TellAsync($"{refusal.Code.ToWireName()}: {refusal.Message}");
        if (refusal.Details.GetValueOrDefault("errors") is IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> errors)
        {
            foreach (var (member, faults) in errors)
            {
                await TellAsync($"  {member} {string.Join("; ", faults)}");
            }
        }
    }

    private static Task TellAsync(string text) => Console.Error.WriteLineAsync(Printable.Of(text));

    private static string PathOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
        {
            names.Push(command.Command is RootCommand ? "orchestrator" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
