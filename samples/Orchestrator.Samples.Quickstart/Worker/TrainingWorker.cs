using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>How a training ended: the state that was reported, or the code with which the control plane stopped it.</summary>
public sealed record Ending(string State, string Reason, Progress Final);

/// <summary>
/// A training loop under remote control. The loop itself makes no call: <see cref="Reporter"/> and <see cref="CommandInbox"/> talk
/// to the control plane beside it, and between two steps it takes what has arrived. So it trains on while nobody answers.
/// </summary>
public sealed class TrainingWorker
{
    /// <summary>The state of an <see cref="Ending"/> that the control plane ordered by <c>run_ended</c> or <c>stale_attempt</c>.</summary>
    public const string Stopped = "stopped";

    private const int EvaluateEvery = 20;

    private readonly Trainer _trainer;
    private readonly WorkerApi _api;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly StopSign _stop = new();
    private readonly CommandInbox _inbox;
    private readonly Reporter _reporter;
    private readonly Throughput _throughput;
    private readonly Dictionary<string, Ack> _obeyed = [];
    private string _status = "running";
    private double _loss = double.NaN;
    private double _accuracy;

    public TrainingWorker(Trainer trainer, WorkerApi api, WorkerOptions options, TimeProvider time)
    {
        (_trainer, _api, _options, _time) = (trainer, api, options, time);
        _inbox = new CommandInbox(api, options, _stop, time);
        _reporter = new Reporter(api, options, _stop, time);
        _throughput = new Throughput(time);
    }

    private Progress Now => new(
        _status, _trainer.CurrentStep, _loss, _throughput.PerSecond, _trainer.CheckpointVersion, _accuracy, _trainer.LearningRate);

    /// <summary>Trains to the end: all steps taken, terminated by command, or stopped by the control plane.</summary>
    public async Task<Ending> RunAsync(CancellationToken cancellationToken)
    {
        using var talking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var polling = Task.Run(() => _inbox.RunAsync(talking.Token), CancellationToken.None);
        var reporting = Task.Run(() => _reporter.RunAsync(talking.Token), CancellationToken.None);
        try
        {
            var ending = await TrainAsync(cancellationToken);
            if (ending.State != Stopped)
            {
                _reporter.Close();
                await reporting;
                await ReportEndAsync(ending, cancellationToken);
            }

            return ending;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            await ReportEndAsync(new Ending("failed", fault.Message, Now), cancellationToken);
            throw;
        }
        finally
        {
            await talking.CancelAsync();
            await Task.WhenAll(polling, reporting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Ending> TrainAsync(CancellationToken cancellationToken)
    {
        _accuracy = _trainer.TestAccuracy();
        _throughput.Restart(_trainer.SamplesSeen);
        while (_trainer.CurrentStep < _options.Steps)
        {
            while (_inbox.TryTake(out var order))
            {
                Obey(order);
            }

            if (_stop.Raised.IsCompletedSuccessfully)
            {
                // Whoever took over owns the checkpoints now: nothing is written any more.
                return new Ending(Stopped, await _stop.Raised, Now);
            }

            if (_status == "terminating")
            {
                return new Ending("terminated", "as commanded", Now);
            }

            if (_status == "paused")
            {
                await _inbox.WaitAsync(cancellationToken);
                continue;
            }

            Step();
            await Task.Delay(_options.Pace, _time, cancellationToken);
        }

        SaveCheckpoint();
        return new Ending("completed", "all steps taken", Now);
    }

    private void Step()
    {
        _loss = _trainer.Step();
        _throughput.Observe(_trainer.SamplesSeen);
        if (_trainer.CurrentStep % EvaluateEvery == 0)
        {
            _accuracy = _trainer.TestAccuracy();
        }

        if (_trainer.CurrentStep % _options.CheckpointEvery == 0)
        {
            SaveCheckpoint();
        }

        _reporter.Report(Now);
    }

    /// <summary>Does what a command says, then tells. A command may be delivered again; then it is only told again.</summary>
    private void Obey(Order order)
    {
        if (!_obeyed.TryGetValue(order.Id, out var acknowledgement))
        {
            _obeyed[order.Id] = acknowledgement = Apply(order);
            _reporter.Report(Now);
        }

        _reporter.Acknowledge(acknowledgement);
    }

    private Ack Apply(Order order)
    {
        var applied = new Ack(order.Id, "applied", _trainer.CurrentStep);
        switch (order.Type)
        {
            case "tune" when (order.Payload?["learning_rate"]) is { } learningRate:
                _trainer.LearningRate = (double)learningRate;
                return applied with { Applied = new Dictionary<string, double> { ["learning_rate"] = _trainer.LearningRate } };
            case "pause":
                Turn("paused");
                return applied;
            case "resume":
                Turn("running");
                return applied;
            case "terminate":
                Turn("terminating");
                if ((bool?)order.Payload?["final_checkpoint"] == true)
                {
                    SaveCheckpoint();
                }

                return applied;
            default:
                return applied with { Outcome = "rejected", Reason = "This training cannot do that." };
        }
    }

    private void Turn(string status)
    {
        _status = status;
        _accuracy = _trainer.TestAccuracy();
        _throughput.Restart(_trainer.SamplesSeen);
    }

    private void SaveCheckpoint() => _trainer.SaveCheckpoint(_options.CheckpointPath);

    private async Task ReportEndAsync(Ending ending, CancellationToken cancellationToken)
    {
        var backoff = _options.NewBackoff();
        for (var tries = 1; ; tries++)
        {
            var answer = await _api.ReportEndAsync(ending.State, ending.Reason, ending.Final, cancellationToken);
            if (answer.Verdict != Verdict.TryLater || tries >= _options.LastTries)
            {
                return;
            }

            await Task.Delay(backoff.After(answer), _time, cancellationToken);
        }
    }
}
