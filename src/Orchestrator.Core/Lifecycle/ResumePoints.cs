namespace Orchestrator.Core.Lifecycle;

/// <summary>Which checkpoint a new attempt may begin from.</summary>
internal static class ResumePoints
{
    /// <summary>
    /// The newest checkpoint of the ending attempt that has a place, else the one that the ending attempt began from. Where the new attempt asks for a
    /// version, a checkpoint of that version comes first.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">The ending attempt.</param>
    /// <param name="ended">What the ending attempt reported.</param>
    /// <param name="own">The checkpoint that the ending attempt began from.</param>
    /// <param name="asked">Where the new attempt is asked to begin.</param>
    public static ResumePoint? After(RunId run, int attempt, RunProgress ended, ResumePoint? own, ResumeFrom? asked)
    {
        var newest = NewestOf(run, attempt, ended, own);
        return asked is { CheckpointVersion: > 0 } && newest?.Version != asked.CheckpointVersion && own?.Version == asked.CheckpointVersion ? own : newest ?? own;
    }

    /// <summary>The pair of version and place that heartbeats reported. An attempt that only repeated what it began from made no checkpoint.</summary>
    private static ResumePoint? NewestOf(RunId run, int attempt, RunProgress ended, ResumePoint? own) =>
        ended is not { CheckpointVersion: > 0, CheckpointUri: { } uri } ? null
        : own?.Version == ended.CheckpointVersion && own.Uri == uri ? own
        : new ResumePoint(run, attempt, ended.CheckpointVersion, ended.CheckpointStep, uri);
}
