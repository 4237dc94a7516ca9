using System.CommandLine;

namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>The runs that a verb is about.</summary>
internal static class RunArguments
{
    private const string Rule = "the id of a run: 1 to 128 characters of A-Z a-z 0-9 . _ -";

    public static Argument<RunId> One() => new("RUN") { Description = "The run.", CustomParser = Reading.One<RunId>(RunId.TryParse, Rule) };

    public static Argument<RunId[]> Any(string description) => new("RUN")
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = Reading.Each<RunId>(RunId.TryParse, Rule),
    };

    public static Option<RunId?> Option(string description) => new("--run")
    {
        Description = description,
        HelpName = "RUN",
        CustomParser = result => Reading.One<RunId>(RunId.TryParse, Rule)(result),
    };
}
