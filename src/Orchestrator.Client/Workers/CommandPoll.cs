namespace Orchestrator.Client.Workers;

/// <summary>Fetches commands by long poll, one after the other.</summary>
internal sealed class CommandPoll(Assignment assignment, Standing standing, CommandLedger ledger)
{
    // A server that is going down answers polls at once.
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    private readonly Backoff _backoff = new(assignment.Time, assignment.Options.Interval);

    /// <summary>Polls until the run is lost or the token ends.</summary>
    public Task RunAsync(CancellationToken end) => assignment.RepeatAsync(() => standing.IsHeld && !standing.IsEnding, PollAndRestAsync, end);

    private async ValueTask PollAndRestAsync(CancellationToken end)
    {
        var rest = await PollAsync(end).ConfigureAwait(false);
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, assignment.Time, end).ConfigureAwait(false);
        }
    }

    /// <summary>Polls once.</summary>
    /// <returns>How long to rest before the next poll.</returns>
    private async ValueTask<TimeSpan> PollAsync(CancellationToken end)
    {
        var wait = assignment.Options.CommandWait;
        var began = assignment.Time.GetTimestamp();
        var result = await assignment
            .CallAsync((orchestrator, token) => orchestrator.Commands.NextAsync(assignment.Id, wait, assignment.Attempt, assignment.ClaimId, token), wait, end)
            .ConfigureAwait(false);
        standing.Judge(result.Refusal);
        if (!result.TryGet(out var command, out var refusal) && refusal is not null)
        {
            _backoff.Failed(refusal);
            return _backoff.Wait;
        }

        _backoff.Succeeded();
        if (command is not null)
        {
            ledger.Receive(command);
            return TimeSpan.Zero;
        }

        return assignment.Time.GetElapsedTime(began) < ShortestRound ? ShortestRound : TimeSpan.Zero;
    }
}
