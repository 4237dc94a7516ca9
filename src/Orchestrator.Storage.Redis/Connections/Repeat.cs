namespace Orchestrator.Storage.Redis.Connections;

/// <summary>Whether a call is made again, and for how long.</summary>
internal enum Repeat
{
    /// <summary>For a moment, when it is certain that it was not carried out.</summary>
    No,

    /// <summary>Also when its answer was lost: to do it twice is to do it once.</summary>
    UntilAnswered,

    /// <summary>As long as it is certain that it was not carried out.</summary>
    UntilCarriedOut,
}
