using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// Decides by a seed which of several workers continues next. A worker waits for its turn before each call, before each answer and in each step of its
/// training. One turn ends before the next begins, so each order of calls and answers can occur.
/// </summary>
internal sealed class Turns
{
    // A worker gets a streak of turns. Short streaks mix the calls of the workers. Long ones let one worker get far while the others wait.
    private const int LongestStreak = 12;

    // A worker whose thread does not run for a while lets many rounds pass, so real time bounds them.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // How often the thread pool runs other work without a new turn before the workers count as idle.
    private const int IdleYields = 12;

    private readonly Lock _gate = new();
    private readonly List<Turn> _waiting = [];
    private readonly FakeTimeProvider _time;
    private readonly Random _random;
    private readonly int _longestStreak;
    private (int Worker, int Left) _streak;
    private int _version;

    public Turns(int seed, FakeTimeProvider time)
    {
        (_time, _random) = (time, new Random(seed));
        _longestStreak = 1 + _random.Next(LongestStreak);
    }

    /// <summary>Waits for a turn. The caller ends it.</summary>
    public async Task<Turn> WaitAsync(int worker, CancellationToken cancellationToken = default)
    {
        var turn = new Turn(worker);
        lock (_gate)
        {
            _waiting.Add(turn);
            _version++;
        }

        await using var registration = cancellationToken.Register(() => Withdraw(turn, cancellationToken));
        await turn.Begun;
        return turn;
    }

    /// <summary>Gives turns, and lets time pass, until all workers have ended. Fails after a bound of real time.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="check">Fails when something was wrong.</param>
    public async Task RunAsync(Task[] workers, Action check)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            await SettleAsync();
            check();
            if (Array.Find(workers, worker => worker.IsFaulted) is { } faulted)
            {
                await faulted;
            }

            if (Array.TrueForAll(workers, worker => worker.IsCompleted))
            {
                await Task.WhenAll(workers);
                return;
            }

            if (_random.Next(6) > 0 && Take() is { } turn)
            {
                turn.Begin(isLost: _random.Next(8) == 0);
                await turn.Ended;
            }
            else
            {
                _time.Advance(TimeSpan.FromSeconds(1 + _random.Next(10)));
            }
        }

        Assert.Fail($"The workers have not ended after {Patience}.");
    }

    private Turn? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return null;
            }

            // Threads may come in any order; the choice does not depend on it between workers.
            if (_streak.Left == 0 || !_waiting.Exists(waiting => waiting.Worker == _streak.Worker))
            {
                var next = _waiting.OrderBy(waiting => waiting.Worker).ElementAt(_random.Next(_waiting.Count));
                _streak = (next.Worker, 1 + _random.Next(_longestStreak));
            }

            _streak.Left--;
            var own = _waiting.FindAll(waiting => waiting.Worker == _streak.Worker);
            var turn = own[_random.Next(own.Count)];
            _waiting.Remove(turn);
            return turn;
        }
    }

    private void Withdraw(Turn turn, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(turn))
            {
                return;
            }

            _version++;
        }

        turn.Cancel(cancellationToken);
    }

    private async Task SettleAsync()
    {
        var (seen, idle) = (-1, 0);
        while (idle < IdleYields)
        {
            await Task.Yield();
            var version = Volatile.Read(ref _version);
            idle = version == seen ? idle + 1 : 0;
            seen = version;
        }
    }
}

/// <summary>The time in which one worker runs.</summary>
internal sealed class Turn(int worker) : IDisposable
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Worker { get; } = worker;

    /// <summary>Whether the answer that is delivered in this turn is lost.</summary>
    public bool IsLost { get; private set; }

    public Task Begun => _begun.Task;

    public Task Ended => _ended.Task;

    public void Begin(bool isLost)
    {
        IsLost = isLost;
        _begun.SetResult();
    }

    public void Cancel(CancellationToken cancellationToken) => _begun.SetCanceled(cancellationToken);

    public void Dispose() => _ended.TrySetResult();
}
