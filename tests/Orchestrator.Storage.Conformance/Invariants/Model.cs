namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// The contract as one sequential program: what each call answers and changes, one call after the other, on one clock. It is
/// slow and plain on purpose, and shares no code with the engine.
/// </summary>
internal sealed partial class Model
{
    private readonly List<ModelRun> _runs = [];
    private readonly Dictionary<(string Scope, string Key), (string Content, ModelRun Run, ModelCommand? Command)> _remembered = [];

    private readonly Dictionary<string, int> _claimed = [];

    public DateTimeOffset Now { get; set; }

    /// <summary>The runs in the order of their creation.</summary>
    public IReadOnlyList<ModelRun> Runs => _runs;

    public ModelRun? Find(RunId run) => _runs.Find(known => known.Id == run);

    public Answer Create(NewRun request, string? key)
    {
        var (id, content) = (request.Id!.Value, $"{request.Id} {request.Priority}");
        if (Recall("create", key, content) is { } recalled)
        {
            return recalled;
        }

        if (Find(id) is { } existing)
        {
            return existing.Priority == request.Priority
                ? Done("create", key, content, existing, effect: Effect.None)
                : Answer.Refuse(RefusalCode.RunIdConflict);
        }

        var run = new ModelRun(id, request.Priority);
        _runs.Add(run);
        return Done("create", key, content, run);
    }

    public Answer Transition(RunId id, TransitionRequest request, string? key)
    {
        if (Find(id) is not { } run)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        var (scope, content) = ($"transition {id}", request.ToString());
        if (Recall(scope, key, content) is { } recalled)
        {
            return recalled;
        }

        var to = request.To!.Value;
        if (run.Fence(request.Attempt) is { } fenced)
        {
            return Answer.Refuse(fenced);
        }

        if (run.State == to)
        {
            return Done(scope, key, content, run, effect: Effect.None);
        }

        if (!ModelRun.Allows(run.State, to))
        {
            return Answer.Refuse(RefusalCode.InvalidTransition);
        }

        if (request.Final?.Step < run.Step)
        {
            return Answer.Refuse(RefusalCode.StepRegression);
        }

        run.Step = request.Final?.Step ?? run.Step;
        if (to == RunState.Queued)
        {
            run.BeginAttempt(Now, null, null, request.Final is not null);
        }
        else
        {
            run.MoveTo(to, Now);
        }

        return Done(scope, key, content, run);
    }

    /// <summary>How many steps <see cref="ClaimInSteps"/> has.</summary>
    public const int StepsOfClaim = 3;

    public Answer Claim(string worker, string? key) => ClaimInSteps(worker, key).OfType<Answer>().Single();

    /// <summary>
    /// A claim looks at what the same call got before and at the runs that the caller holds, then at the queue, and then takes the first of these runs that
    /// is still to be had. Other calls may come between.
    /// </summary>
    /// <returns>The answer as the last of <see cref="StepsOfClaim"/> steps; null for the others.</returns>
    public IEnumerable<Answer?> ClaimInSteps(string worker, string? key)
    {
        var recalled = RecallClaim(worker, key);
        var held = _runs.Where(run => IsHeld(run, worker)).ToList();
        yield return null;
        var queued = Queue().ToList();
        yield return null;
        yield return recalled ?? TakeClaim(worker, key, held, queued);
    }

    private Answer TakeClaim(string worker, string? key, List<ModelRun> held, List<ModelRun> queued)
    {
        var run = held.Find(still => IsHeld(still, worker) || still.State == RunState.Queued)
            ?? queued.Find(still => still.State == RunState.Queued)
            ?? Queue().FirstOrDefault();
        if (run is null)
        {
            return new Answer(Effect: Effect.None);
        }

        if (RecallClaim(worker, key) is { } faster)
        {
            return faster;
        }

        if (run.HasHolder)
        {
            run.Takeovers.Add(Now);
            run.BeginAttempt(Now, worker, null);
        }

        (run.Worker, run.Claimed, run.HasHolder) = (worker, true, true);
        run.MoveTo(RunState.Provisioning, Now);
        run.LastSignAt = Now;
        if (key is not null)
        {
            _claimed[key] = run.Attempt;
        }

        return Done("claim", key, worker, run);
    }

    private IEnumerable<ModelRun> Queue() => _runs.Where(run => run.State == RunState.Queued).OrderByDescending(run => run.Priority);

    /// <summary>Whether a claim of this worker gets the run: it was assigned to the worker, or may be taken over.</summary>
    private bool IsHeld(ModelRun run, string worker) =>
        run.State == RunState.Provisioning && run.Worker == worker
        && (!run.HasHolder
            || (run.LastHeartbeatAt is null && (run.Takeovers.Count < 2 || Now - run.Takeovers[^2] >= Simulation.StartTimeout)));

    private Answer? RecallClaim(string worker, string? key) =>
        Recall("claim", key, worker) is not { } recalled ? null
        : recalled.Effect == Effect.Replayed && (recalled.Run!.Worker != worker || recalled.Run.Attempt != _claimed[key!])
            ? Answer.Refuse(RefusalCode.StaleAttempt)
            : recalled;

    public Answer StartAttempt(RunId id, AttemptRequest request, string? key)
    {
        if (Find(id) is not { } run)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        var (scope, content) = ($"attempt {id}", request.ToString());
        if (Recall(scope, key, content) is { } recalled)
        {
            return recalled;
        }

        if (request.ExpectedAttempt is { } expected && expected != run.Attempt)
        {
            return Answer.Refuse(RefusalCode.StaleAttempt);
        }

        if (run.State is not (RunState.Provisioning or RunState.Running or RunState.Paused or RunState.Errored))
        {
            return Answer.Refuse(RefusalCode.InvalidTransition);
        }

        run.BeginAttempt(Now, request.WorkerId, request.ResumeFrom is { } from ? (from.Step, from.CheckpointVersion) : null);
        return Done(scope, key, content, run);
    }

    /// <summary>What lapses by time alone.</summary>
    public void Sweep()
    {
        foreach (var run in _runs.Where(run => !run.HasEnded))
        {
            Expire(run);
            if (run.State != RunState.Terminating)
            {
                continue;
            }

            var lastSign = run.LastHeartbeatAt > run.LastSignAt ? run.LastHeartbeatAt.Value : run.LastSignAt;
            if (Now >= lastSign + Simulation.TerminateGrace || Now >= run.TerminatingSince + Simulation.TerminateLimit)
            {
                run.MoveTo(RunState.Terminated, Now, run.AgreedToEnd ? EndReason.Terminated : EndReason.Forced);
            }
        }
    }

    /// <summary>The answer to a call whose key was used before.</summary>
    private Answer? Recall(string scope, string? key, string content) =>
        key is null || !_remembered.TryGetValue((scope, key), out var kept) ? null
        : kept.Content != content ? Answer.Refuse(RefusalCode.IdempotencyKeyReused)
        : new Answer(Effect: Effect.Replayed, Run: kept.Command is null ? kept.Run.Facts() : null, Command: kept.Command?.Facts());

    private Answer Done(string scope, string? key, string content, ModelRun run, ModelCommand? command = null, Effect effect = Effect.Done)
    {
        if (key is not null)
        {
            _remembered.Add((scope, key), (content, run, command));
        }

        return new Answer(Effect: effect, Run: command is null ? run.Facts() : null, Command: command?.Facts());
    }
}
