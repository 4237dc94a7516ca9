namespace Orchestrator.Client.Workers;

/// <summary>
/// Sends the first heartbeat of a worker until it is accepted. It proves that the attempt is this worker's, and brings the commands that are queued, so
/// that no training starts before it is fenced and before a pause is known.
/// </summary>
internal sealed class FirstHeartbeat(Assignment assignment, HeartbeatSender heartbeats)
{
    private const int MaxAmendments = 3;

    /// <param name="left">How long to try while there is no answer.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns><see langword="null"/> when it was accepted, or why it was not.</returns>
    public async Task<Refusal?> SendAsync(Func<TimeSpan> left, CancellationToken cancellationToken)
    {
        var amendments = 0;
        while (true)
        {
            var heartbeat = heartbeats.Next();
            var result = await assignment
                .CallInTimeAsync(
                    (orchestrator, token) => orchestrator.Heartbeats.ReportAsync(assignment.Id, heartbeat, HeartbeatSender.MaxCommands, token), default, cancellationToken)
                .ConfigureAwait(false);
            if (result.TryGet(out var receipt, out var refusal))
            {
                if (heartbeats.Take(receipt))
                {
                    return null;
                }

                if (!heartbeats.CanRise)
                {
                    return new Refusal(RefusalCode.StaleAttempt, $"Attempt {assignment.Attempt} has used up the numbers of its heartbeats: start a new attempt.");
                }

                continue;
            }

            switch (refusal.Code)
            {
                case RefusalCode.StoreUnavailable:
                    heartbeats.Schedule.Unanswered(refusal);
                    break;
                case RefusalCode.HeartbeatThrottled:
                    heartbeats.Schedule.Throttled(Backoff.RetryAfter(refusal) ?? assignment.Options.Interval);
                    break;
                case RefusalCode.StepRegression or RefusalCode.CheckpointRegression when amendments++ < MaxAmendments:
                    heartbeats.Amend(refusal);
                    continue;
                default:
                    return refusal;
            }

            var (wait, rest) = (heartbeats.Schedule.Wait, left());
            await Task.Delay(wait < rest ? wait : rest, assignment.Time, cancellationToken).ConfigureAwait(false);
            if (rest < wait)
            {
                return refusal;
            }
        }
    }
}
