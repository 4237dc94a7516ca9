using System.CommandLine;
using System.CommandLine.Parsing;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>Runs a command line to its exit code, and tells faults on the standard error stream.</summary>
internal static class Invocation
{
    // Text that begins with @ is meant as it stands, and names no file of more arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    // How long an interrupted command may take to give the terminal back.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

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
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = LastWords });
        }
        catch (RefusedException fault)
        {
            await TellAsync($"{fault.Refusal.Code.ToWireName()}: {fault.Refusal.Message}");
            return (int)ExitCodes.Of(fault.Refusal);
        }
        catch (UnexpectedAnswerException fault)
        {
            await TellAsync(fault.Message);
            return (int)ExitCode.Refused;
        }
        catch (IOException fault)
        {
            await TellAsync($"The output ended: {fault.Message}");
            return (int)ExitCode.Interrupted;
        }
        catch (OperationCanceledException)
        {
            return (int)ExitCode.Interrupted;
        }
    }

    private static Task TellAsync(string text) => Console.Error.WriteLineAsync(Printable.Of(text));

    private static string PathOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult verb; at = at.Parent)
        {
            names.Push(verb.Command.Name);
        }

        return string.Join(' ', names);
    }
}
