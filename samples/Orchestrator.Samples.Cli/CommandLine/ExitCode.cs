namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>How it ended. Scripts rely on the numbers: they never change.</summary>
internal enum ExitCode
{
    Done = 0,
    Refused = 1,
    BadUsage = 2,
    NotFound = 3,
    Unavailable = 4,
    NotDone = 5,
    Broken = 6,
    TimedOut = 7,
    Interrupted = 130,
}

internal static class ExitCodes
{
    public const string Help = """
        Exit codes:
          0    done
          1    refused; another try would not help
          2    bad usage
          3    no such run
          4    the server could not be reached or did not answer; another try may help
          5    not done: the command was rejected, superseded or expired, or a watched run failed
          6    the audit chain is broken
          7    the command was not answered within --timeout; it still may be
          130  interrupted, or nobody reads the output any more
        """;

    public static ExitCode Of(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.RunNotFound or RefusalCode.CommandNotFound => ExitCode.NotFound,
        RefusalCode.StoreUnavailable => ExitCode.Unavailable,
        _ => ExitCode.Refused,
    };
}
