namespace Orchestrator.Samples.Tests.OneName;

/// <summary>One thing that happened to a worker.</summary>
/// <param name="Worker">The number of its process.</param>
/// <param name="What">What happened.</param>
/// <param name="Holding">The hand-over that it concerns.</param>
/// <param name="Text">What the worker printed: the step, or the outcome.</param>
internal sealed record Note(int Worker, Occurrence What, Holding Holding, string Text = "")
{
    public override string ToString() =>
        $"{Worker} {What} {Holding.Run[^8..]}/{Holding.Attempt}/{Holding.ClaimId?[..8] ?? "no claim id"} {Text}".TrimEnd();
}

/// <summary>One hand-over of a run.</summary>
internal sealed record Holding(string Run, int Attempt, string? ClaimId);

internal enum Occurrence
{
    /// <summary>The worker gets the answer that hands it the run.</summary>
    Claimed,

    /// <summary>A heartbeat or a transition of the worker reaches the proxy.</summary>
    Called,

    /// <summary>The server accepts a heartbeat.</summary>
    Accepted,

    /// <summary>The worker gets the answer that a heartbeat was accepted.</summary>
    Heard,

    /// <summary>The worker gets the answer that the attempt is not its own any more.</summary>
    Fenced,

    /// <summary>The worker gets another refusal of a heartbeat or a transition.</summary>
    Refused,

    /// <summary>The server accepts that the run is completed.</summary>
    Completed,

    /// <summary>The worker gets the answer that the completion was accepted.</summary>
    Confirmed,

    /// <summary>The worker enters its block.</summary>
    Entered,

    /// <summary>The worker reaches a step, or the end, of its training.</summary>
    Stepped,

    /// <summary>The worker has left its block.</summary>
    Left,
}
