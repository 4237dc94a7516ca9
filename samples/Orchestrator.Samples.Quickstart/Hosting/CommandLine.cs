namespace Orchestrator.Samples.Quickstart.Hosting;

/// <summary>What the command line asks for.</summary>
/// <param name="Checkpoints">Where to keep checkpoints; <see langword="null"/> for a temporary directory.</param>
/// <param name="KeepRunning">Whether to serve on when the run has ended.</param>
/// <param name="Help">Whether to say what there is, and nothing else.</param>
/// <param name="Host">What is for the host: addresses and options.</param>
public sealed record CommandLine(string? Checkpoints, bool KeepRunning, bool Help, string[] Host)
{
    /// <summary>What there is.</summary>
    public const string Usage =
        """
        Trains a classifier on Fisher's irises under the control of an orchestrator, and ends after about 25 seconds.

          --checkpoints DIR   keep the checkpoint in DIR, and go on from one that is there (default: a temporary directory, deleted)
          --keep-running      serve on after the run, until Ctrl+C
          --urls URL          where to listen (default: a free port of 127.0.0.1)
          --SECTION:KEY=VALUE any option, such as --Orchestrator:Health:StaleAfter=00:00:03
          --help              this text
        """;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">One is not known or has no value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var (checkpoints, keepRunning, help, host) = ((string?)null, false, false, new List<string>());
        for (var index = 0; index < args.Count; index++)
        {
            var (name, value) = args[index].IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                ? (args[index][..at], args[index][(at + 1)..])
                : (args[index], null);
            switch (name)
            {
                case "--help" or "-h":
                    help = true;
                    break;
                case "--keep-running" when value is null:
                    keepRunning = true;
                    break;
                case "--checkpoints":
                    checkpoints = Value();
                    break;
                case "--urls":
                    host.Add($"{name}={Value()}");
                    break;
                case var _ when name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal):
                    host.Add($"{name}={Value()}");
                    break;
                default:
                    throw new FormatException($"'{args[index]}' is not an argument. --help says what there is.");
            }

            string Value() => value ?? (++index < args.Count ? args[index] : throw new FormatException($"{name} needs a value."));
        }

        return new CommandLine(checkpoints, keepRunning, help, [.. host]);
    }
}
