using System.Collections.Concurrent;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>
/// Sends heartbeats and acknowledgements, beside the training. One call at a time: a heartbeat that still says <c>running</c> must
/// not overtake the acknowledgement of the pause.
/// </summary>
public sealed class Reporter(WorkerApi api, WorkerOptions options, StopSign stop, TimeProvider time)
{
    private readonly ConcurrentQueue<Ack> _acknowledgements = new();
    private readonly Backoff _heartbeats = options.NewBackoff();
    private readonly Backoff _answers = options.NewBackoff();
    private volatile TaskCompletionSource _news = NewSignal();
    private volatile Progress? _progress;
    private volatile bool _isClosing;
    private string? _reportedStatus;
    private long _beat;

    /// <summary>Takes the newest numbers. The next heartbeat sends them; a new status is sent at once.</summary>
    public void Report(Progress progress)
    {
        var changed = _progress?.Status != progress.Status;
        _progress = progress;
        if (changed)
        {
            _news.TrySetResult();
        }
    }

    /// <summary>Takes the answer to a command, to be sent at once, and again until it arrives.</summary>
    public void Acknowledge(Ack acknowledgement)
    {
        _acknowledgements.Enqueue(acknowledgement);
        _news.TrySetResult();
    }

    /// <summary>Lets <see cref="RunAsync"/> end when every acknowledgement is sent, or was tried for long enough.</summary>
    public void Close()
    {
        _isClosing = true;
        _news.TrySetResult();
    }

    /// <summary>Sends until it is closed, the token ends, or the control plane says to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (nextHeartbeat, nextAnswer) = (time.GetTimestamp(), time.GetTimestamp());
        var tries = 0;
        while (!stop.Raised.IsCompleted)
        {
            // Renewed before anything is looked at, so that no news is missed.
            var news = _news = NewSignal();
            if (!_acknowledgements.IsEmpty && Until(nextAnswer) <= TimeSpan.Zero)
            {
                tries = _isClosing ? tries + 1 : 0;
                nextAnswer = In(await AcknowledgeOneAsync(cancellationToken));
            }
            else if (_isClosing && (_acknowledgements.IsEmpty || tries >= options.LastTries))
            {
                return;
            }
            else if (Until(nextHeartbeat) <= TimeSpan.Zero || (_progress is { } progress && progress.Status != _reportedStatus))
            {
                nextHeartbeat = In(await BeatAsync(cancellationToken));
            }
            else
            {
                var wait = _acknowledgements.IsEmpty || nextHeartbeat < nextAnswer ? Until(nextHeartbeat) : Until(nextAnswer);
                await Task.WhenAny(news.Task, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Sends one heartbeat, if there is anything to tell.</summary>
    /// <returns>How long to wait before the next one.</returns>
    public async Task<TimeSpan> BeatAsync(CancellationToken cancellationToken)
    {
        if (_progress is not { } progress)
        {
            return options.HeartbeatInterval;
        }

        var answer = await api.HeartbeatAsync(progress, ++_beat, cancellationToken);
        _reportedStatus = progress.Status;
        return Judge(answer, _heartbeats, options.HeartbeatInterval);
    }

    /// <summary>Sends the oldest acknowledgement. It stays the oldest when it has to be sent again.</summary>
    /// <returns>How long to wait before the next one.</returns>
    public async Task<TimeSpan> AcknowledgeOneAsync(CancellationToken cancellationToken)
    {
        if (!_acknowledgements.TryPeek(out var acknowledgement))
        {
            return TimeSpan.Zero;
        }

        var answer = await api.AcknowledgeAsync(acknowledgement, cancellationToken);
        if (answer.Verdict != Verdict.TryLater)
        {
            _acknowledgements.TryDequeue(out _);
        }

        return Judge(answer, _answers, TimeSpan.Zero);
    }

    private TimeSpan Judge(Answer answer, Backoff backoff, TimeSpan usual)
    {
        switch (answer.Verdict)
        {
            case Verdict.Stop:
                stop.Raise(answer);
                return usual;
            case Verdict.TryLater:
                return backoff.After(answer);
            default:
                backoff.Reset();
                return usual;
        }
    }

    private TimeSpan Until(long timestamp) => time.GetElapsedTime(time.GetTimestamp(), timestamp);

    private long In(TimeSpan wait) => time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
