namespace Orchestrator.Samples.Tests.OneName;

/// <summary>
/// Decides by a seed which of several workers continues next. A worker waits for a turn before each call, before each answer, and before
/// each step of its training. The next turn begins when every worker waits for all the turns that it can wait for, so a seed gives one
/// order of turns.
/// </summary>
internal sealed class Schedule
{
    private const int MostTurns = 5000;

    // A worker gets a streak of turns. Short streaks mix the calls of the workers. Long ones let one worker get far while the others wait.
    private const int LongestStreak = 12;

    // One answer of so many is lost.
    private const int Losses = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<Turn> _waiting = [];
    private readonly Random _random;
    private readonly int _longestStreak;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Worker, int Left) _streak;

    public Schedule(int seed)
    {
        _random = new Random(seed);
        _longestStreak = 1 + _random.Next(LongestStreak);
    }

    /// <summary>Waits for a turn. The caller ends it by disposing it.</summary>
    public async Task<Turn> WaitAsync(int worker, TurnKind kind, CancellationToken cancellationToken)
    {
        var turn = new Turn(worker, kind);
        lock (_gate)
        {
            _waiting.Add(turn);
            _changed.TrySetResult();
        }

        await turn.Begun.WaitAsync(cancellationToken);
        return turn;
    }

    /// <summary>Gives turns until the work is over.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="check">Fails when something is wrong. Called before each turn.</param>
    /// <param name="isOver">Says whether the work is over.</param>
    /// <exception cref="InvalidOperationException">A worker has ended, or the work does not end.</exception>
    /// <exception cref="TimeoutException">A worker does not wait for the turns that it can wait for.</exception>
    public async Task RunAsync(IReadOnlyList<NamedWorker> workers, Action check, Func<bool> isOver)
    {
        for (var turns = 0; turns < MostTurns; turns++)
        {
            await SettleAsync(workers);
            check();
            if (isOver())
            {
                return;
            }

            var turn = Take();
            turn.Begin(isLost: _random.Next(Losses) == 0);
            await turn.Ended.WaitAsync(Patience);
        }

        throw new InvalidOperationException($"The work is not over after {MostTurns} turns.");
    }

    private async Task SettleAsync(IReadOnlyList<NamedWorker> workers)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (workers.All(worker => worker.IsSettled(Count(worker.Number, TurnKind.Call), Count(worker.Number, TurnKind.Step))))
                {
                    return;
                }

                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            var first = await Task.WhenAny([changed, .. workers.Select(worker => worker.Reading)]).WaitAsync(Patience);
            await first;
        }
    }

    private int Count(int worker, TurnKind kind) => _waiting.Count(turn => turn.Worker == worker && turn.Kind == kind);

    private Turn Take()
    {
        lock (_gate)
        {
            if (_streak.Left == 0)
            {
                var workers = _waiting.Select(turn => turn.Worker).Distinct().Order().ToList();
                _streak = (workers[_random.Next(workers.Count)], 1 + _random.Next(_longestStreak));
            }

            _streak.Left--;
            var own = _waiting.Where(turn => turn.Worker == _streak.Worker).OrderBy(turn => turn.Kind).ToList();
            var turn = own[_random.Next(own.Count)];
            _waiting.Remove(turn);
            return turn;
        }
    }
}

internal enum TurnKind
{
    /// <summary>A call is sent, or its answer is delivered.</summary>
    Call,

    /// <summary>The program of the worker continues.</summary>
    Step,
}

/// <summary>The time in which one worker continues.</summary>
internal sealed class Turn(int worker, TurnKind kind) : IDisposable
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Worker { get; } = worker;

    public TurnKind Kind { get; } = kind;

    /// <summary>Whether the answer that is delivered in this turn is lost.</summary>
    public bool IsLost { get; private set; }

    public Task Begun => _begun.Task;

    public Task Ended => _ended.Task;

    public void Begin(bool isLost)
    {
        IsLost = isLost;
        _begun.SetResult();
    }

    public void Dispose() => _ended.TrySetResult();
}
