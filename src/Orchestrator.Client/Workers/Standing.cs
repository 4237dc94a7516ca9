using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Workers;

/// <summary>Whether the run is still the worker's, as far as the answers of the orchestrator tell.</summary>
/// <param name="assignment">The attempt.</param>
/// <param name="aborted">Cancelled when the work is to end at once. It has no timer, so that nobody needs to dispose of it.</param>
internal sealed partial class Standing(Assignment assignment, CancellationTokenSource aborted)
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger = assignment.Options.Logger;
    private volatile Refusal? _lostBy;
    private volatile bool _isAborted;
    private volatile bool _isEnding;
    private long? _missingSince;
    private Verdict _trouble;

    /// <summary>Whether work on the run goes on.</summary>
    public bool IsHeld => !_isAborted && _lostBy is null;

    /// <summary>Why the run was lost; <see langword="null"/> when it was not.</summary>
    public Refusal? LostBy => _lostBy;

    /// <summary>Cancelled when the run is lost, or when there is no time left for it.</summary>
    public CancellationToken Aborted => aborted.Token;

    /// <summary>Set when the worker tells the end of the run itself: that it has ended, or is in another attempt, is no loss any more.</summary>
    public bool IsEnding
    {
        get => _isEnding;
        set => _isEnding = value;
    }

    /// <summary>Ends the work at once.</summary>
    public void Abort()
    {
        _isAborted = true;
        _ = aborted.CancelAsync();
    }

    /// <summary>Draws the conclusions from an answer.</summary>
    /// <param name="refusal">The refusal; <see langword="null"/> for a call that succeeded.</param>
    public Verdict Judge(Refusal? refusal)
    {
        var verdict = VerdictOn(refusal?.Code);
        lock (_gate)
        {
            if (verdict == Verdict.Missing)
            {
                _missingSince ??= assignment.Time.GetTimestamp();
                if (assignment.Time.GetElapsedTime(_missingSince.Value) >= assignment.Options.NotFoundTimeout)
                {
                    verdict = Verdict.Lost;
                }
            }
            else if (verdict != Verdict.Unanswered)
            {
                _missingSince = null;
            }

            var trouble = verdict is Verdict.Unanswered or Verdict.Missing ? verdict : Verdict.Done;
            if (trouble != _trouble)
            {
                _trouble = trouble;
                Log(trouble, refusal);
            }

            if (verdict != Verdict.Lost || _isAborted || _isEnding)
            {
                return verdict;
            }

            _lostBy = refusal;
            Abort();
        }

        LogLost(assignment.Id, assignment.Attempt, refusal!.Code, refusal.Message);
        return verdict;
    }

    private void Log(Verdict trouble, Refusal? refusal)
    {
        switch (trouble)
        {
            case Verdict.Unanswered:
                LogAway(assignment.Id, refusal!.Message);
                break;
            case Verdict.Missing:
                LogMissing(assignment.Attempt, assignment.Id, refusal!.Message, assignment.Options.NotFoundTimeout);
                break;
            default:
                LogBack(assignment.Id);
                break;
        }
    }

    private static Verdict VerdictOn(RefusalCode? code) => code switch
    {
        null => Verdict.Done,
        RefusalCode.StaleAttempt or RefusalCode.RunEnded => Verdict.Lost,
        RefusalCode.StoreUnavailable => Verdict.Unanswered,
        RefusalCode.HeartbeatThrottled or RefusalCode.QueueFull => Verdict.TooSoon,
        RefusalCode.RunNotFound or RefusalCode.UnknownAttempt => Verdict.Missing,
        _ => Verdict.Refused,
    };

    [LoggerMessage(721, LogLevel.Warning, "The orchestrator does not answer for run {RunId} ({Message}): the training continues, and reports are sent again.", EventName = "OrchestratorAway")]
    private partial void LogAway(RunId runId, string message);

    [LoggerMessage(738, LogLevel.Warning, "The orchestrator does not know attempt {Attempt} of run {RunId} ({Message}): it may have lost its store. The training continues for {Timeout}, and then stops unless the run is known again.", EventName = "RunUnknown")]
    private partial void LogMissing(int attempt, RunId runId, string message, TimeSpan timeout);

    [LoggerMessage(722, LogLevel.Information, "The orchestrator answers for run {RunId} again.", EventName = "OrchestratorBack")]
    private partial void LogBack(RunId runId);

    [LoggerMessage(723, LogLevel.Warning, "Attempt {Attempt} of run {RunId} is no longer this worker's ({Code}: {Message}): the training must stop and write nothing.", EventName = "RunLost")]
    private partial void LogLost(RunId runId, int attempt, RefusalCode code, string message);
}

/// <summary>What an answer means for a worker.</summary>
internal enum Verdict
{
    /// <summary>The call succeeded.</summary>
    Done,

    /// <summary>Nobody answered: try again.</summary>
    Unanswered,

    /// <summary>Try again when the answer says.</summary>
    TooSoon,

    /// <summary>The orchestrator does not know the run, or not this attempt of it: try again, it may have been restored.</summary>
    Missing,

    /// <summary>The same call would be refused again.</summary>
    Refused,

    /// <summary>The run is not this worker's any more.</summary>
    Lost,
}
