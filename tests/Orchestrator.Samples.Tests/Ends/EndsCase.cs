namespace Orchestrator.Samples.Tests.Ends;

/// <summary>How the test makes a block end in one way.</summary>
/// <param name="Row">The row of the table.</param>
/// <param name="EndAsync">Makes the block end. The worker is in its block, and its first checkpoint is in the run.</param>
internal sealed record EndsCase(string Row, Func<EndsWorker, Task> EndAsync)
{
    /// <summary>The mode of the .NET worker.</summary>
    public string DotNet { get; init; } = "train";

    /// <summary>The mode of the Python worker.</summary>
    public string Python { get; init; } = "train";

    /// <summary>The outcome that the Python worker prints; <see langword="null"/> where the process ends before that.</summary>
    public string? Outcome { get; init; }

    /// <summary>The outcome that the .NET worker prints, likewise.</summary>
    public string? DotNetOutcome { get; init; }

    /// <summary>Whether the worker leads a process group.</summary>
    public bool IsGroup { get; init; }

    /// <summary>Whether the next worker claims by the name of this one, with takeover.</summary>
    public bool IsTakeover { get; init; }
}
