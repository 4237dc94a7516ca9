using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>The standard output: tables and colours where it is a terminal, plain lines where it is not.</summary>
internal sealed class Terminal
{
    // What is read by a program is not broken to fit a screen.
    private const int Endless = 10_000;

    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(StandardOutput.Open()) });

    public Terminal()
    {
        if (!_console.Profile.Out.IsTerminal)
        {
            _console.Profile.Width = Endless;
        }
    }

    /// <summary>Whether what was written can be written over.</summary>
    public bool IsLive => _console.Profile.Out.IsTerminal && _console.Profile.Capabilities.Ansi;

    public void Write(IRenderable shown) => _console.Write(shown);

    public void WriteLine(string text = "") => _console.Profile.Out.Writer.WriteLine(Printable.Of(text));

    public void WriteJson<T>(T value) => _console.Profile.Out.Writer.WriteLine(ApiJson.ToText(value));

    /// <summary>Shows what changes, in its place, until the act is over. What the screen has no room for is cut off below.</summary>
    public Task<T> LiveAsync<T>(IRenderable first, Func<Action<IRenderable>, Task<T>> act) =>
        _console.Live(first).Cropping(VerticalOverflowCropping.Bottom).StartAsync(live => act(live.UpdateTarget));

    /// <summary>Says something beside the data.</summary>
    public static void Note(string text) => Console.Error.WriteLine(Printable.Of(text));
}
