using static Orchestrator.Storage.Conformance.Invariants.Operation;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>An operation made absolute: a request that can be sent to an engine and told to a model.</summary>
/// <param name="About">The run that it is about; <see langword="null"/> for a claim.</param>
/// <param name="Send">Sends it to an engine.</param>
/// <param name="Tell">Tells it to a model.</param>
/// <param name="HasIdentity">Whether it is known again when it is sent again.</param>
internal sealed record Request(RunId? About, Func<IOrchestrator, Task<Answer>> Send, Func<Model, Answer> Tell, bool HasIdentity = false)
{
    /// <summary>Makes a request of several steps to a model: each step but the last answers null. <see langword="null"/> for a request of one step.</summary>
    public Func<Model, IEnumerable<Answer?>>? Begin { get; init; }

    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly Actor Scheduler = new(ActorType.System, "scheduler");

    /// <summary>The request that an operation comes to, where the runs stand as they do in this model.</summary>
    public static Request Of(Operation operation, Model now) => operation switch
    {
        Create create => Of(create),
        Claim claim => Of(claim),
        Report report => Of(report, Id(report.Run), now),
        Enqueue enqueue => Of(enqueue, Id(enqueue.Run), now),
        Poll poll => Of(poll, Id(poll.Run), now),
        Ack ack => Of(ack, Id(ack.Run), now),
        Move move => Of(move, Id(move.Run), now),
        Restart restart => Of(restart, Id(restart.Run), now),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "is no call"),
    };

    private static Request Of(Create create)
    {
        var request = new NewRun
        {
            Id = Id(create.Run),
            ExperimentId = ExperimentId.Parse("exp"),
            VersionId = VersionId.Parse("v1"),
            Priority = create.Variant == 0 ? create.Run % 2 : 7,
        };
        var key = create.Keyed ? $"create-{create.Run}" : null;
        return new(
            request.Id,
            async engine => Answer.Of(await engine.Runs.CreateAsync(request, Context(key))),
            model => model.Create(request, key),
            HasIdentity: true);
    }

    private static Request Of(Report report, RunId id, Model now)
    {
        var run = now.Find(id);
        var heartbeat = new Heartbeat
        {
            RunId = report.Misdirected ? RunId.Parse("another") : id,
            Status = report.Status,
            Step = Math.Max(0, (run?.Step ?? 0) + report.StepBy),
            CheckpointVersion = Math.Max(0, (run?.Checkpoint ?? 0) + report.CheckpointBy),
            SamplesPerSec = 10,
            Loss = report.Loss,
            Beat = report.BeatBy is { } by ? (run?.Beat ?? 0) + by : null,
            Attempt = AttemptOf(now, id, report.AttemptBy),
        };
        return new(
            id,
            async engine => Answer.Of(await engine.Heartbeats.ReportAsync(id, heartbeat, report.Commands)),
            model => model.Report(id, heartbeat, report.Commands),
            HasIdentity: heartbeat.Beat is not null && report.Commands == 0);
    }

    private static Request Of(Enqueue enqueue, RunId id, Model now)
    {
        var values = enqueue.Type == CommandType.Tune ? Tunables(enqueue) : [];
        var request = enqueue.Type switch
        {
            CommandType.Tune => NewCommand.Tune(Ada, values),
            CommandType.Terminate => NewCommand.Terminate(Ada, "enough"),
            _ => new NewCommand { Type = enqueue.Type, Actor = Ada },
        };
        request = request with
        {
            Id = CommandOf(enqueue.Id),
            ExpiresAt = enqueue.ExpiresIn is { } seconds ? now.Now.AddSeconds(seconds) : null,
        };
        var key = Key(enqueue.Key);
        return new(
            id,
            async engine => Answer.Of(await engine.Commands.EnqueueAsync(id, request, Context(key))),
            model => model.Enqueue(id, request, values, key),
            HasIdentity: true);
    }

    private static Request Of(Poll poll, RunId id, Model now)
    {
        var attempt = AttemptOf(now, id, poll.AttemptBy);
        return new(id, async engine => Answer.Of(await engine.Commands.NextAsync(id, attempt: attempt)), model => model.Next(id, attempt));
    }

    private static Request Of(Ack ack, RunId id, Model now)
    {
        var request = new Acknowledgement
        {
            Outcome = ack.Outcome,
            Applied = ack.Otherwise ? new Dictionary<string, double> { ["learning_rate"] = 0.9 } : null,
            Attempt = AttemptOf(now, id, ack.AttemptBy),
        };
        var (command, key) = (CommandOf(ack.Id), Key(ack.Key));
        return new(
            id,
            async engine => Answer.Of(await engine.Commands.AcknowledgeAsync(id, command, request, Context(key))),
            model => model.Acknowledge(id, command, request, key),
            HasIdentity: true);
    }

    private static Request Of(Move move, RunId id, Model now)
    {
        var request = new TransitionRequest
        {
            To = move.To,
            Actor = move.ByPerson ? Ada : Scheduler,
            Attempt = AttemptOf(now, id, move.AttemptBy),
            Final = move.StepBy is { } by ? new FinalReport { Step = Math.Max(0, (now.Find(id)?.Step ?? 0) + by) } : null,
        };
        var key = Key(move.Key);
        return new(
            id,
            async engine => Answer.Of(await engine.Runs.TransitionAsync(id, request, Context(key))),
            model => model.Transition(id, request, key),
            HasIdentity: key is not null);
    }

    private static Request Of(Claim claim)
    {
        var (worker, key) = ($"w{claim.Worker}", Key(claim.Key));
        return new(
            null,
            async engine => Answer.OfClaim(await engine.Runs.ClaimAsync(new ClaimRequest { WorkerId = worker }, Context(key))),
            model => model.Claim(worker, key),
            HasIdentity: key is not null)
        {
            Begin = model => model.ClaimInSteps(worker, key),
        };
    }

    private static Request Of(Restart restart, RunId id, Model now)
    {
        var request = new AttemptRequest
        {
            Actor = Ada,
            ExpectedAttempt = AttemptOf(now, id, restart.ExpectedBy),
            WorkerId = restart.Worker is { } worker ? $"w{worker}" : null,
            ResumeFrom = restart.Step is { } step ? new ResumeFrom(step, step) : null,
        };
        var key = Key(restart.Key);
        return new(
            id,
            async engine => Answer.Of(await engine.Runs.StartAttemptAsync(id, request, Context(key))),
            model => model.StartAttempt(id, request, key),
            HasIdentity: key is not null);
    }

    private static int? AttemptOf(Model now, RunId run, int? by) => by is { } change ? (now.Find(run)?.Attempt ?? 1) + change : null;

    private static Dictionary<string, double> Tunables(Enqueue enqueue)
    {
        var values = new Dictionary<string, double>();
        if ((enqueue.Tunables & 1) != 0)
        {
            values["learning_rate"] = (enqueue.Id + 1) / 100.0;
        }

        if ((enqueue.Tunables & 2) != 0)
        {
            values["entropy_coef"] = (enqueue.Id + 1) / 1000.0;
        }

        return values;
    }

    private static RunId Id(int run) => RunId.Parse($"run-{run}");

    private static CommandId CommandOf(int id) => CommandId.Parse($"command-{id}");

    private static string? Key(int? key) => key is { } number ? $"key-{number}" : null;

    private static CallContext? Context(string? key) => key is null ? null : new CallContext { IdempotencyKey = key };
}
