using CsCheck;
using static Orchestrator.Storage.Conformance.Invariants.Operation;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>Random histories of a few runs, in which enough makes sense to get far, and enough does not.</summary>
internal static class Histories
{
    private const int Runs = 3;

    private static readonly Gen<int> Run = Gen.Frequency((6, Gen.Const(0)), (3, Gen.Const(1)), (1, Gen.Const(2)));

    private static readonly Gen<int?> AttemptBy =
        Gen.Frequency((4, Gen.Const((int?)null)), (6, Gen.Const((int?)0)), (1, Gen.Const((int?)-1)), (1, Gen.Const((int?)1)));

    private static readonly Gen<int?> Key = Gen.Frequency((5, Gen.Const((int?)null)), (2, Gen.Int[0, 2].Select(key => (int?)key)));

    private static readonly Gen<RuntimeStatus> Status = Gen.Frequency(
        (6, Gen.Const(RuntimeStatus.Running)), (2, Gen.Const(RuntimeStatus.Paused)), (1, Gen.Const(RuntimeStatus.Terminating)), (1, Gen.Const(RuntimeStatus.Errored)));

    private static readonly Gen<Operation> Creations =
        Gen.Select(Gen.Int[0, Runs - 1], Gen.Frequency((5, Gen.Const(0)), (1, Gen.Const(1))), Gen.Bool, (run, variant, keyed) => (Operation)new Create(run, variant, keyed));

    private static readonly Gen<Operation> Beats = Gen.Select(
        Run,
        Status,
        Gen.Int[-1, 3],
        Gen.Frequency((8, Gen.Int[0, 1]), (1, Gen.Const(-1))),
        Gen.Frequency((3, Gen.Const((int?)null)), (6, Gen.Const((int?)1)), (1, Gen.Const((int?)0)), (1, Gen.Const((int?)-1))),
        AttemptBy,
        Gen.Frequency((6, Gen.Const(0.5)), (1, Gen.Const(double.NaN)), (1, Gen.Const(double.PositiveInfinity))),
        Gen.Select(Gen.Frequency((3, Gen.Const(0)), (2, Gen.Int[1, 3])), Gen.Int[0, 19]),
        (run, status, step, checkpoint, beat, attempt, loss, rest) =>
            (Operation)new Report(run, status, step, checkpoint, beat, attempt, loss, rest.Item1, Misdirected: rest.Item2 == 0));

    private static readonly Gen<Operation> Enqueues = Gen.Select(
        Run,
        Gen.Int[0, 7],
        Gen.Frequency((4, Gen.Const(CommandType.Pause)), (4, Gen.Const(CommandType.Resume)), (5, Gen.Const(CommandType.Tune)), (1, Gen.Const(CommandType.Terminate))),
        Gen.Int[1, 3],
        Key,
        Gen.Frequency((4, Gen.Const((int?)null)), (1, Gen.Int[1, 40].Select(seconds => (int?)seconds))),
        (run, id, type, tunables, key, expires) => (Operation)new Enqueue(run, id, type, tunables, key, expires));

    private static readonly Gen<Operation> Polls = Gen.Select(Run, AttemptBy, (run, attempt) => (Operation)new Poll(run, attempt));

    private static readonly Gen<Operation> Acks = Gen.Select(
        Run,
        Gen.Int[0, 7],
        Gen.Frequency((4, Gen.Const(AckOutcome.Applied)), (1, Gen.Const(AckOutcome.Rejected))),
        Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))),
        AttemptBy,
        Key,
        (run, id, outcome, otherwise, attempt, key) => (Operation)new Ack(run, id, outcome, otherwise, attempt, key));

    private static readonly Gen<Operation> Moves = Gen.Select(
        Run,
        Gen.Frequency(
            (6, Gen.OneOfConst(RunState.Queued, RunState.Provisioning, RunState.Running, RunState.Paused, RunState.Errored)),
            (1, Gen.OneOfConst(RunState.Terminating, RunState.Completed, RunState.Failed, RunState.Terminated))),
        AttemptBy,
        Gen.Frequency((4, Gen.Const((int?)null)), (3, Gen.Int[-1, 3].Select(step => (int?)step))),
        Gen.Bool,
        Key,
        (run, to, attempt, step, person, key) => (Operation)new Move(run, to, attempt, step, person, key));

    private static readonly Gen<Operation> Claims = Gen.Select(Gen.Int[0, 1], Key, (worker, key) => (Operation)new Claim(worker, key));

    private static readonly Gen<Operation> Restarts = Gen.Select(
        Run,
        AttemptBy,
        Gen.Frequency((2, Gen.Const((int?)null)), (1, Gen.Int[0, 1].Select(worker => (int?)worker))),
        Gen.Frequency((1, Gen.Const((int?)null)), (1, Gen.Int[0, 5].Select(step => (int?)step))),
        Key,
        (run, expected, worker, step, key) => (Operation)new Restart(run, expected, worker, step, key));

    private static readonly Gen<Operation> Passages =
        Gen.Frequency((4, Gen.Int[1, 8]), (2, Gen.Int[20, 60]), (1, Gen.Int[100, 1000])).Select(seconds => (Operation)new Wait(seconds));

    /// <summary>One call.</summary>
    public static Gen<Operation> AnyCall { get; } = Gen.Frequency(
        (3, Creations), (14, Beats), (12, Enqueues), (8, Polls), (9, Acks), (6, Moves), (4, Claims), (4, Restarts));

    /// <summary>What happens to a few runs, told one by one.</summary>
    public static Gen<Operation[]> Any { get; } = Gen
        .Frequency((60, AnyCall), (8, Passages), (2, Gen.Const((Operation)new Sweep())), (1, Gen.Const((Operation)new Reboot())))
        .Array[1, 40]
        .Select(operations => (Operation[])[new Create(0, 0, false), .. operations]);
}
