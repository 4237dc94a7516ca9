using System.Collections.Concurrent;

namespace Orchestrator.Client.Tests.Workers.Sockets;

/// <summary>A training beside the test, and what it went through.</summary>
internal sealed class Trained : IAsyncDisposable
{
    private readonly Func<IOrchestrator> _engine;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _checkpointed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _checkpoint;
    private long _step;
    private long _seenStep;

    public Trained(WorkerRun run, Func<IOrchestrator> engine)
    {
        (Run, _engine, _step) = (run, engine, run.Run.CurrentStep);
        run.OnTune = tune =>
        {
            Applied.Enqueue(tune.CommandId);
            return TuneResult.Applied();
        };
        Stopped = Task.Run(TrainAsync);
    }

    public WorkerRun Run { get; }

    public ConcurrentQueue<CommandId> Applied { get; } = new();

    /// <summary>How the loop ended; <see langword="null"/> by itself.</summary>
    public Task<Exception?> Stopped { get; }

    public long Step => Volatile.Read(ref _step);

    /// <summary>The next step saves a checkpoint, which takes until the source is set.</summary>
    /// <returns>Done when it has begun.</returns>
    public Task BeginCheckpoint(TaskCompletionSource until)
    {
        _checkpoint = until;
        return _checkpointed.Task.WaitAsync(SocketBench.Patience);
    }

    /// <summary>Waits until the run is so at the server. Its step never goes back meanwhile, and the loop goes on.</summary>
    public async Task UntilAsync(Func<Run, bool> isSo)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = (await _engine().Runs.GetAsync(Run.Id)).Value;
            if (seen.Attempt == Run.Attempt)
            {
                Assert.True(seen.CurrentStep >= _seenStep, $"the step went back from {_seenStep} to {seen.CurrentStep}");
                _seenStep = seen.CurrentStep;
            }

            if (isSo(seen))
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < SocketBench.Patience, "it does not come about");
            await Task.Yield();
        }
    }

    public async Task<CommandId> SendAsync(NewCommand command) => (await _engine().Commands.EnqueueAsync(Run.Id, command)).Value.Value.Id;

    public async Task<CommandId> TuneAsync(string name) => await SendAsync(NewCommand.Tune(WorkerBench.Ada, KeyValuePair.Create(name, 0.05)));

    public async Task<CommandStatus> StatusAsync(CommandId command) => (await _engine().Commands.GetAsync(Run.Id, command)).Value.Status;

    public async Task UntilAppliedAsync(CommandId command)
    {
        var applied = false;
        while (!applied)
        {
            applied = await StatusAsync(command) == CommandStatus.Applied;
            await UntilAsync(_ => true);
        }
    }

    /// <summary>The training goes on: it takes steps, and the server hears of them.</summary>
    public async Task AssertGoesOnAsync()
    {
        var step = Step;
        await UntilAsync(seen => seen.CurrentStep > step);
        Assert.False(Stopped.IsCompleted);
    }

    /// <summary>Tunes, pauses, resumes and tunes again. Each is applied, and none twice.</summary>
    /// <param name="before">The tunes that were applied before.</param>
    public async Task CommandAsync(params CommandId[] before)
    {
        var first = await TuneAsync("entropy_coef");
        await UntilAppliedAsync(first);
        var pause = await SendAsync(NewCommand.Pause(WorkerBench.Ada));
        await UntilAsync(seen => seen.State == RunState.Paused);
        await UntilAppliedAsync(pause);
        var resume = await SendAsync(NewCommand.Resume(WorkerBench.Ada));
        await UntilAppliedAsync(resume);
        var second = await TuneAsync("clip_epsilon");
        await UntilAppliedAsync(second);

        await AssertGoesOnAsync();
        Assert.Equal([.. before, first, second], Applied);
    }

    /// <summary>Reports that the work is done.</summary>
    /// <returns>What the run is then.</returns>
    public async Task<RunState> CompleteAsync()
    {
        Assert.True(await Run.CompleteAsync().WaitAsync(SocketBench.Patience));
        return (await _engine().Runs.GetAsync(Run.Id)).Value.State;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _checkpoint?.TrySetResult();
        await Stopped.WaitAsync(SocketBench.Patience);
        await Run.DisposeAsync().AsTask().WaitAsync(SocketBench.Patience);
    }

    private async Task<Exception?> TrainAsync()
    {
        try
        {
            while (true)
            {
                await Run.CheckControlAsync(_end.Token);
                Run.Report(Interlocked.Increment(ref _step), 0.5, 100);
                if (_checkpoint is { Task.IsCompleted: false } checkpoint)
                {
                    _checkpointed.TrySetResult();
                    await checkpoint.Task;
                }

                await Task.Yield();
            }
        }
        catch (Exception stop)
        {
            return stop;
        }
    }
}
