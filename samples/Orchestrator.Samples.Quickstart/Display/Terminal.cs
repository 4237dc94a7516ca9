using Spectre.Console;

namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>The console that everything is shown on.</summary>
public static class Terminal
{
    private const int RedirectedWidth = 120;
    private static readonly Lock Writing = new();

    /// <summary>Writes while nobody else does. A line and a live display that are written at the same time wait for each other without end.</summary>
    public static void Exclusively(Action write)
    {
        lock (Writing)
        {
            write();
        }
    }

    /// <summary>The standard output. What is not a terminal gets plain lines of a fixed width.</summary>
    public static IAnsiConsole Open()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (!IsLive(console))
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }

    /// <summary>Whether what was written can be written over.</summary>
    public static bool IsLive(IAnsiConsole console) => console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;

    /// <summary>Writes a line: who, and what happened. In a live terminal it covers what stood there before.</summary>
    public static void Say(this IAnsiConsole console, string who, string what)
    {
        const int whoWidth = 10;
        var width = IsLive(console) ? console.Profile.Width - whoWidth - 1 : 0;
        Exclusively(() => console.MarkupLineInterpolated($"[grey]{who.PadRight(whoWidth)}[/]{what.PadRight(width)}"));
    }
}
