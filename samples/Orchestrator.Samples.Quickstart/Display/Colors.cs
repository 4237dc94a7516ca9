namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>The colours of states.</summary>
internal static class Colors
{
    public static string Of(string state) => state switch
    {
        "running" or "applied" => "green",
        "paused" => "yellow",
        "terminating" => "olive",
        "failed" or "errored" or "rejected" => "red",
        "terminated" or "completed" => "blue",
        _ => "grey",
    };
}
