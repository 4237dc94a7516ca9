using Microsoft.Extensions.Logging;
using Orchestrator.Client.Workers.Reports;

namespace Orchestrator;

/// <content>What commands do to the training.</content>
public sealed partial class WorkerRun
{
    private volatile bool _isPaused;
    private volatile Stop? _stop;
    private CancellationToken _shutdown;

    /// <summary>
    /// Obeys what has arrived, between two steps: holds the training while the run is paused, hands each <c>tune</c> to <see cref="OnTune"/>, and throws
    /// when the training is to stop. When nothing has arrived it returns at once, and costs next to nothing. After the end was reported, from another thread
    /// too, it holds nothing any more, and heeds only a wish to stop.
    /// </summary>
    /// <param name="cancellationToken">A wish to stop, like <see cref="WorkerRunOptions.Shutdown"/>.</param>
    /// <exception cref="StopRequestedException">The training is to end in good order: on a <c>terminate</c>, or because the worker shuts down.</exception>
    /// <exception cref="RunLostException">The run is no longer this worker's: stop now and write nothing.</exception>
    public ValueTask CheckControlAsync(CancellationToken cancellationToken = default)
    {
        // An exception between two checks is judged by it, too.
        _shutdown = cancellationToken;
        return _ledger.HasCommands || _isPaused || _stop is not null || !_standing.IsHeld || IsShuttingDown
            ? new ValueTask(ObeyAsync(cancellationToken))
            : ValueTask.CompletedTask;
    }

    private async Task ObeyAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _assignment.Options.Shutdown);
        while (true)
        {
            ThrowIfOver(stopping.Token);
            var hasEnded = _endReport.Ending is not null;
            if (!hasEnded && _ledger.Take() is { } command)
            {
                Obey(command);
            }
            else if (stopping.IsCancellationRequested)
            {
                _stop = new Stop(StopCause.Shutdown, ShutDown, FinalCheckpoint: !hasEnded);
            }
            else if (_isPaused && !hasEnded)
            {
                await WaitAsync(stopping.Token).ConfigureAwait(false);
            }
            else
            {
                return;
            }
        }
    }

    private void ThrowIfOver(CancellationToken stopping)
    {
        if (_standing.LostBy is { } lostBy)
        {
            throw new RunLostException(lostBy.Code, lostBy.Message);
        }

        if (_stop is { } stop)
        {
            throw new StopRequestedException(stop.Cause, stop.Reason, stop.FinalCheckpoint && _standing.IsHeld, stopping);
        }

        if (!_standing.IsHeld)
        {
            throw new StopRequestedException(StopCause.Shutdown, ShutDown, finalCheckpoint: false, stopping);
        }
    }

    private async ValueTask WaitAsync(CancellationToken stopping)
    {
        try
        {
            await _control.WaitAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Seen by whoever waits.
        }
    }

    private void Obey(Command command)
    {
        switch (command.Type)
        {
            case CommandType.Pause:
                Hold(command, isPaused: true);
                break;
            case CommandType.Resume:
                Hold(command, isPaused: false);
                break;
            case CommandType.Tune:
                Answer(command, Tune(command));
                break;
            case CommandType.Terminate:
                // Acknowledged when the training has ended: until then the run is waited for.
                _stop = StopFor(command);
                _isPaused = false;
                _reporter.Turn(RuntimeStatus.Terminating);
                break;
            default:
                Answer(command, Acknowledge() with { Outcome = AckOutcome.Rejected, Reason = "This worker does not know that command." });
                break;
        }
    }

    private void Hold(Command command, bool isPaused)
    {
        // First, so that no heartbeat contradicts the answer.
        _isPaused = isPaused;
        _reporter.Turn(isPaused ? RuntimeStatus.Paused : RuntimeStatus.Running);
        Answer(command, Acknowledge());
    }

    private Acknowledgement Tune(Command command)
    {
        var request = _ledger.Read(command);
        var result = Apply(request);
        return Acknowledge() with
        {
            Outcome = result.Outcome,
            Reason = result.Reason is { } reason ? Words.Fit(reason) : null,
            Applied = result.Outcome == AckOutcome.Applied ? result.Values ?? request.Values : null,
        };
    }

    private TuneResult Apply(TuneRequest request)
    {
        try
        {
            return OnTune?.Invoke(request) ?? TuneResult.Rejected("This worker cannot be tuned.");
        }
        catch (Exception fault)
        {
            LogTuneFailed(fault, request.CommandId, Id);
            return TuneResult.Rejected(fault.Message);
        }
    }

    private void Answer(Command command, Acknowledgement acknowledgement)
    {
        _ledger.Answer(command, acknowledgement);
        _reporter.Wake();
        LogAnswered(command.Type, command.Id, Id, acknowledgement.Outcome);
    }

    private static Stop StopFor(Command terminate)
    {
        var payload = terminate.Payload.GetValueOrDefault();
        return new Stop(
            StopCause.Terminate,
            payload.TryGetProperty("reason", out var reason) ? reason.GetString() ?? "" : "",
            payload.TryGetProperty("final_checkpoint", out var wanted) && wanted.ValueKind == System.Text.Json.JsonValueKind.True);
    }

    private sealed record Stop(StopCause Cause, string Reason, bool FinalCheckpoint);

    [LoggerMessage(731, LogLevel.Information, "{Type} {CommandId} of run {RunId}: {Outcome}.", EventName = "CommandAnswered")]
    private partial void LogAnswered(CommandType type, CommandId commandId, RunId runId, AckOutcome outcome);

    [LoggerMessage(732, LogLevel.Warning, "The training could not apply tune {CommandId} of run {RunId}; it is rejected.", EventName = "TuneFailed")]
    private partial void LogTuneFailed(Exception fault, CommandId commandId, RunId runId);
}
