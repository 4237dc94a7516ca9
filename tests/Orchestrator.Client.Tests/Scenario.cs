using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.Client.Tests;

/// <summary>A life of some runs in which every operation is called, with what each call answered.</summary>
internal sealed partial class Scenario(IOrchestrator orchestrator, FakeTimeProvider clock)
{
    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly RunId First = RunId.Parse("first");
    private static readonly RunId Second = RunId.Parse("second");
    private static readonly RunId Nobody = RunId.Parse("nobody");

    private readonly List<string> _answers = [];
    private int _keys;
    private string? _claimId;

    private enum Key
    {
        Fresh,
        Same,
    }

    public async Task<IReadOnlyList<string>> PlayAsync()
    {
        await CreateAsync();
        await ClaimAsync();
        await BeatAsync();
        await CommandAsync();
        await RestartAsync();
        await EndAsync();
        await FollowAsync();
        return await WithoutRandomPartsAsync();
    }

    /// <summary>Commands that a new attempt carries over have random ids, and positions in the feed of a memory store end in a random mark of that store.</summary>
    private async Task<IReadOnlyList<string>> WithoutRandomPartsAsync()
    {
        var carriedOver = (await orchestrator.Commands.ListAsync(First)).Value.Items.Where(command => command.Actor.Type == ActorType.System).ToArray();
        return
        [
            .. _answers
                .Select(answer => carriedOver.Aggregate(answer, (text, command) => text.Replace(command.Id.Value, $"carried over as {command.Sequence}", StringComparison.Ordinal)))
                .Select(answer => FeedMark().Replace(answer, "$1mark")),
        ];
    }

    [GeneratedRegex(@"\b(\d+\.\d+\.)[0-9a-f]{8}\b")]
    private static partial Regex FeedMark();

    private async Task CreateAsync()
    {
        var run = NewRun(First) with
        {
            LaunchManifest = JsonElement.Parse("""{"lr":1.10,"big":123456789012345678901234567890,"tiny":1e-400,"text":"<é> \u0001","none":null}"""),
            Overrides = JsonElement.Parse("""{"seed":-0.0}"""),
            Labels = new Dictionary<string, string> { ["team"] = "vision & more", ["ключ"] = "знач=1" },
            Requires = new Dictionary<string, string> { ["gpu"] = "a100" },
            Priority = 7,
            HealthPolicy = new HealthPolicy(TimeSpan.FromSeconds(300.29), TimeSpan.FromSeconds(900.5), TimeSpan.Zero),
            CreatedBy = "ada",
        };
        Tell(await orchestrator.Runs.CreateAsync(run, Context()));
        Tell(await orchestrator.Runs.CreateAsync(run, Context(Key.Same)));
        Tell(await orchestrator.Runs.CreateAsync(run with { Priority = 8 }, Context(Key.Same)));
        Tell(await orchestrator.Runs.CreateAsync(run, Context()));
        Tell(await orchestrator.Runs.CreateAsync(run with { Priority = 8 }, Context()));
        Tell(await orchestrator.Runs.CreateAsync(new NewRun { Priority = 1, LaunchManifest = JsonElement.Parse("[]") }, Context()));
        Tell(await orchestrator.Runs.CreateAsync(NewRun(Second), new CallContext { IdempotencyKey = "not visible" }));
        clock.Advance(TimeSpan.FromSeconds(1));
        Tell(await orchestrator.Runs.CreateAsync(NewRun(Second), Context()));
        Tell(await orchestrator.Runs.GetAsync(First));
        Tell(await orchestrator.Runs.GetAsync(First, RunDetail.Summary));
        Tell(await orchestrator.Runs.GetAsync(Nobody));
        Tell(await orchestrator.Runs.GetAsync(default));
        Tell(await orchestrator.Runs.ListAsync());
        Tell(await orchestrator.Runs.ListAsync(limit: 1, detail: RunDetail.Full));
        Tell(await orchestrator.Runs.ListAsync(limit: 0));
        Tell(await orchestrator.Runs.ListAsync(cursor: "no cursor?&"));
        Tell(await orchestrator.Runs.ListAsync(new RunFilter { States = [RunState.Queued, (RunState)77], Health = [(HealthStatus)77], Experiments = [default] }));
        Tell(await orchestrator.Runs.ListAsync(new RunFilter
        {
            States = [RunState.Queued, RunState.Running],
            Health = [HealthStatus.Healthy],
            Experiments = [ExperimentId.Parse("digits")],
            Labels = [new("team", "vision & more"), new("ключ", "знач=1")],
            CreatedAfter = clock.GetUtcNow() - TimeSpan.FromHours(1),
            CreatedBefore = clock.GetUtcNow().ToOffset(TimeSpan.FromHours(5)),
        }));
    }

    private async Task ClaimAsync()
    {
        var claim = new ClaimRequest { WorkerId = "gpu-1", Labels = new Dictionary<string, string> { ["team"] = "vision & more" } };
        Tell(await orchestrator.Runs.ClaimAsync(claim, Context()));
        Tell(await orchestrator.Runs.ClaimAsync(claim with { Run = First }, Context()));
        Tell(await orchestrator.Runs.ClaimAsync(claim with { Run = Nobody }, Context()));
        claim = claim with { Offers = new Dictionary<string, string> { ["gpu"] = "a100", ["disk"] = "fast" } };
        var claimed = await orchestrator.Runs.ClaimAsync(claim, Context());
        _claimId = claimed.Value.Value?.ClaimId;
        Tell(claimed);
        Tell(await orchestrator.Runs.ClaimAsync(claim, Context(Key.Same)));
        Tell(await orchestrator.Runs.ClaimAsync(claim with { WorkerId = "gpu-2" }, Context(Key.Same)));
        Tell(await orchestrator.Runs.ClaimAsync(claim with { WorkerId = "gpu-2" }, Context()));
        Tell(await orchestrator.Runs.ClaimAsync(claim with { WorkerId = "", Wait = TimeSpan.FromSeconds(61) }, Context()));
    }

    private async Task BeatAsync()
    {
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Attempt = null }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Attempt = 2 }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { ClaimId = "another" }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(Second)));
        Tell(await orchestrator.Heartbeats.ReportAsync(Nobody, Beat(Nobody)));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, new Heartbeat { Status = (RuntimeStatus)77, SamplesPerSec = -1 }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First), commands: 17));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with
        {
            ClaimId = _claimId,
            Loss = null,
            SamplesPerSec = null,
            Step = 10,
            CheckpointVersion = 2,
            Metrics = new Dictionary<string, double> { ["accuracy"] = 0.1, ["grad"] = double.PositiveInfinity },
            CheckpointUri = "s3://bucket/2",
            Notes = "warm",
            QueuedCommands = [CommandId.Parse("pause-0")],
        }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 2, Step = 11, CheckpointVersion = 2 }));
        Pass();
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 3, Step = 9, CheckpointVersion = 2 }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 3, Step = 11, CheckpointVersion = 1 }));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with
        {
            Beat = 3,
            Step = 11,
            CheckpointVersion = 2,
            Loss = double.NaN,
            SamplesPerSec = double.NegativeInfinity,
        }));
        Tell(await orchestrator.Heartbeats.ReportAsync([Beat(Second) with { Attempt = null }, Beat(First), Beat(Nobody), new Heartbeat()]));
        Tell(await orchestrator.Heartbeats.ReportAsync([]));
    }

    private async Task CommandAsync()
    {
        var tune = NewCommand.Tune(Ada, new("learning_rate", 0.5), new("clip_epsilon", 0.1)) with
        {
            Id = CommandId.Parse("tune-1"),
            IssuedAt = new DateTimeOffset(2026, 1, 1, 1, 1, 1, TimeSpan.FromHours(-3)),
            ExpiresAt = clock.GetUtcNow() + TimeSpan.FromDays(1),
        };
        Tell(await orchestrator.Commands.EnqueueAsync(First, tune, Context()));
        Tell(await orchestrator.Commands.EnqueueAsync(First, tune, Context()));
        Tell(await orchestrator.Commands.EnqueueAsync(First, tune with { Type = CommandType.Pause, Payload = null }, Context()));
        Tell(await orchestrator.Commands.EnqueueAsync(First, NewCommand.Resume(Ada), Context()));
        Tell(await orchestrator.Commands.EnqueueAsync(First, new NewCommand { Type = (CommandType)77, Actor = new((ActorType)77, "") }, Context()));
        Tell(await orchestrator.Commands.EnqueueAsync(Nobody, NewCommand.Pause(Ada), Context()));
        Tell(await orchestrator.Commands.NextAsync(First, attempt: 2));
        Tell(await orchestrator.Commands.NextAsync(First, TimeSpan.FromSeconds(-1)));
        Tell(await orchestrator.Commands.NextAsync(First, attempt: 1, claimId: "an&other"));
        Tell(await orchestrator.Commands.NextAsync(First, TimeSpan.FromSeconds(1.5), attempt: 1, claimId: _claimId));
        Tell(await orchestrator.Commands.NextAsync(First));
        var answer = new Acknowledgement
        {
            Applied = new Dictionary<string, double> { ["learning_rate"] = 0.25 },
            Reason = "clamped",
            Step = 11,
            Attempt = 1,
            ClaimId = _claimId,
        };
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("tune-1"), answer with { Attempt = 3 }, Context()));
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("tune-1"), answer with { ClaimId = "another" }, Context()));
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("tune-1"), answer, Context()));
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("tune-1"), new Acknowledgement { Outcome = AckOutcome.Rejected }, Context()));
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("none"), answer, Context()));
        Tell(await orchestrator.Commands.AcknowledgeAsync(First, CommandId.Parse("next"), answer, Context()));
        Pass();
        Tell(await orchestrator.Commands.EnqueueAsync(First, NewCommand.Pause(Ada) with { Id = CommandId.Parse("pause-1") }, Context()));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 4, Step = 12, CheckpointVersion = 2 }, commands: 4));
        Tell(await orchestrator.Commands.GetAsync(First, CommandId.Parse("pause-1")));
        Tell(await orchestrator.Commands.GetAsync(First, CommandId.Parse("none")));
        Tell(await orchestrator.Commands.GetAsync(First, CommandId.Parse("next")));
        Tell(await orchestrator.Commands.GetAsync(First, default));
        Tell(await orchestrator.Commands.ListAsync(First));
        Tell(await orchestrator.Commands.ListAsync(Nobody));
    }

    private async Task RestartAsync()
    {
        Tell(await orchestrator.Runs.SnoozeAsync(First, new SnoozeRequest { For = TimeSpan.FromMinutes(7.5), Reason = "long save", Actor = Ada }, Context()));
        Tell(await orchestrator.Runs.SnoozeAsync(First, new SnoozeRequest { Until = clock.GetUtcNow() + TimeSpan.FromMinutes(3), Reason = "save", Actor = Ada }, Context()));
        Tell(await orchestrator.Runs.SnoozeAsync(First, new SnoozeRequest(), Context()));
        var restart = new AttemptRequest
        {
            Actor = Ada,
            Reason = "preempted",
            ExpectedAttempt = 1,
            WorkerId = "gpu-9",
            ResumeFrom = new ResumeFrom(8, 2),
        };
        Tell(await orchestrator.Runs.StartAttemptAsync(First, restart, Context()));
        Tell(await orchestrator.Runs.StartAttemptAsync(First, restart, Context(Key.Same)));
        Tell(await orchestrator.Runs.StartAttemptAsync(First, restart, Context()));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 5 }));
    }

    private async Task EndAsync()
    {
        var end = new TransitionRequest
        {
            To = RunState.Completed,
            Actor = new Actor(ActorType.System, "scheduler"),
            Reason = "done",
            Attempt = 2,
            StatusMessage = "all epochs",
            Final = new FinalReport { Step = 20, Loss = double.NaN, SamplesPerSec = 3.5, CheckpointVersion = 4, CheckpointUri = "s3://bucket/4", Metrics = new Dictionary<string, double> { ["accuracy"] = 0.5 } },
        };
        Tell(await orchestrator.Runs.TransitionAsync(Nobody, end, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { To = RunState.Completed, Attempt = 1 }, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { To = (RunState)77 }, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { ClaimId = "another" }, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { To = RunState.Running, Final = null }, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { Final = end.Final with { Step = 1 } }, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end, Context()));
        Tell(await orchestrator.Runs.TransitionAsync(First, end, Context(Key.Same)));
        Tell(await orchestrator.Runs.TransitionAsync(First, end with { To = RunState.Failed }, Context()));
        Tell(await orchestrator.Runs.GetTransitionsAsync(First));
        Tell(await orchestrator.Runs.GetTransitionsAsync(Nobody));
        Tell(await orchestrator.Heartbeats.ReportAsync(First, Beat(First) with { Beat = 6, Attempt = 2 }));
        Tell(await orchestrator.Commands.NextAsync(First));
        Tell(await orchestrator.Commands.EnqueueAsync(Second, NewCommand.Terminate(Ada, "enough", finalCheckpoint: true) with { Id = CommandId.Parse("end") }, Context()));
        Tell(await orchestrator.Audit.ListAsync(First));
        Tell(await orchestrator.Audit.VerifyAsync(First));
        Tell(await orchestrator.Audit.ListAsync(Nobody));
        Tell(await orchestrator.Audit.VerifyAsync(Nobody));
    }

    private async Task FollowAsync()
    {
        await FollowAsync(new EventSubscription { Run = First, After = EventSubscription.Start }, EventType.RunStateChanged, RunState.Completed);
        await FollowAsync(new EventSubscription { Types = [EventType.RunStateChanged, EventType.RunCreated], After = "0" }, EventType.RunStateChanged, RunState.Terminating);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { Run = Nobody })).Refusal);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { Run = default(RunId) })).Refusal);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { After = "nowhere" })).Refusal);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { After = "no position" })).Refusal);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { After = "" })).Refusal);
        Tell((await orchestrator.SubscribeAsync(new EventSubscription { After = "line\nbreak" })).Refusal);
    }

    /// <summary>Reads until the end of a run.</summary>
    private async Task FollowAsync(EventSubscription subscription, EventType last, RunState to)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var events = (await orchestrator.SubscribeAsync(subscription, bound.Token)).Value;
        Tell(events.Start);
        await foreach (var message in events.WithCancellation(bound.Token))
        {
            // The list of transitions tells their sequence; events over HTTP do not.
            var told = message.Event.Data is StateChangedData data
                ? message.Event with { Data = data with { Transition = data.Transition with { Sequence = 0 } } }
                : message.Event;
            Tell(message with { Event = told });
            if (told.Type == last && ((StateChangedData)told.Data).Transition.To == to)
            {
                return;
            }
        }
    }

    private static NewRun NewRun(RunId id) => new() { Id = id, ExperimentId = ExperimentId.Parse("digits"), VersionId = VersionId.Parse("v1") };

    private static Heartbeat Beat(RunId run) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = 5,
        SamplesPerSec = 100.25,
        Loss = 0.1,
        CheckpointVersion = 1,
        Attempt = 1,
        Beat = 1,
    };

    /// <summary>Both callers come from the same address, and their requests have the same name, so that even the hashes of the audit are the same.</summary>
    private CallContext Context(Key key = Key.Fresh) => new()
    {
        IdempotencyKey = $"key-{(key == Key.Fresh ? ++_keys : _keys)}",
        SourceIp = "127.0.0.1",
        UserAgent = "scenario/1.0",
        RequestId = TestServer.RequestId,
    };

    private void Pass() => clock.Advance(TimeSpan.FromSeconds(6));

    private void Tell(object? answer) => _answers.Add(Transcript.Of(answer));
}
