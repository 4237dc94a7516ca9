using System.Text.Json;

namespace Orchestrator.Storage.Conformance;

/// <summary>Values with everything in them that may be.</summary>
internal static class Samples
{
    /// <summary>The largest integer of the wire, 2^53−1.</summary>
    public const long Largest = 9_007_199_254_740_991;

    /// <summary>A head in which every member has a value of its own.</summary>
    public static RunHead FullHead(string id) => new()
    {
        Id = Id(id),
        ExperimentId = ExperimentId.Parse("full"),
        VersionId = VersionId.Parse("v2"),
        Priority = 3,
        Labels = new Dictionary<string, string> { ["gpu"] = "a100", ["team"] = "" },
        Requires = new Dictionary<string, string> { ["gpu"] = "a100", ["zone"] = "" },
        HealthPolicy = new HealthPolicy(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.Zero),
        CreatedBy = "grace",
        Fingerprint = new string('d', 64),
        CreatedAt = Start.AddSeconds(1),
        State = RunState.Running,
        Attempt = 4,
        WorkerId = "worker",
        Claimed = true,
        Claim = new RunClaim("claim-1", "ada"),
        EarlierAttempts = new EarlierAttempts
        {
            Failures = 2,
            HighestStep = Largest,
            HighestCheckpoint = 15,
            TakenOverAt = Start.AddMicroseconds(16),
            TakenOverBeforeAt = Start.AddMicroseconds(17),
        },
        Will = new OperatorWill(Paused: true, new Dictionary<string, double> { ["learning_rate"] = 0.1, ["größe"] = double.NaN }),
        ResumePoint = new ResumePoint(Id("forked"), 3, Largest, 18, "s3://bucket/é"),
        StartedAt = Start.AddSeconds(2),
        Ending = new RunEnding(EndReason.Forced, Start.AddSeconds(3), "enough"),
        Termination = new Termination(Start.AddSeconds(4), Acknowledged: true),
        Health = HealthStatus.Stalled,
        HealthChangedAt = Start.AddSeconds(5),
        LastSignAt = Start.AddSeconds(6),
        SnoozedUntil = Start.AddSeconds(7),
        PolicyDueAt = Start.AddSeconds(8),
        LastRefusal = new LastRefusal(RefusalCode.StepRegression, Start.AddSeconds(9)),
        KeptRefusals = uint.MaxValue,
        QuickStatusChanges = new QuickStatusChanges(8, Start.AddMicroseconds(19)),
        LossDiverged = true,
        Tuned = new Dictionary<string, TunedValue> { ["learning_rate"] = new(0.1, 5), ["größe"] = new(-0.0, Largest) },
        DueAt = Start.AddSeconds(10),
        DueAfterSilence = TimeSpan.FromMicroseconds(45_000_001),
        DueAfterStandstill = TimeSpan.FromDays(366),
        Commands = 11,
        Events = 12,
        Transitions = 13,
        AuditEntries = 14,
        AuditHash = new string('f', 64),
        ChangedAt = Start.AddSeconds(11),
        Revision = 1,
        CommitId = Guid.Parse("0123456789abcdef0123456789abcdef"),
    };

    /// <summary>A progress in which every member has a value of its own.</summary>
    public static RunProgress FullProgress { get; } = new()
    {
        Status = RuntimeStatus.Paused,
        LastHeartbeatAt = Start.AddMicroseconds(1),
        AdvancedAt = Start.AddMicroseconds(2),
        Beat = 3,
        CurrentStep = 4,
        SamplesPerSec = 5.5,
        Loss = 6.25,
        CheckpointVersion = 7,
        CheckpointStep = 3,
        CheckpointUri = "s3://bucket/8",
        Metrics = new Dictionary<string, double> { ["kl"] = 9, [""] = 10 },
        StatusMessage = "eleven",
        Heartbeats = 12,
    };

    /// <summary>A command in which every member has a value of its own.</summary>
    public static Command FullCommand(RunId run) => new()
    {
        Id = CommandId.Parse("full"),
        RunId = run,
        Sequence = 1,
        Type = CommandType.Tune,
        Payload = JsonElement.Parse("""{"learning_rate":1.50e-3,"größe":[null,true,"\ud83d\ude00"]}"""u8),
        Actor = new Actor(ActorType.System, "scheduler"),
        OnBehalfOf = new Actor(ActorType.Operator, "ada"),
        IssuedAt = Start.AddYears(-1),
        ExpiresAt = Start.AddHours(1),
        Status = CommandStatus.Delivered,
        CreatedAt = Start,
        DeliveredAt = Start.AddSeconds(1),
        DeliveryCount = 2,
        AcknowledgedAt = Start.AddSeconds(2),
        Acknowledgement = new Acknowledgement
        {
            Outcome = AckOutcome.Rejected,
            Reason = "no",
            Applied = new Dictionary<string, double> { ["learning_rate"] = 0.1 },
            Step = Largest,
            Attempt = 3,
        },
    };

    /// <summary>An audit entry in which every member has a value of its own.</summary>
    public static AuditEntry FullEntry(long sequence) => Entry(sequence) with
    {
        OnBehalfOf = "operator:grace",
        KeyId = "key-1",
        SourceIp = "2001:db8::1",
        UserAgent = "agent/1.0",
        MtlsFingerprint = new string('e', 64),
        Target = "command-1",
        ActorIssuer = "https://issuer.test/",
        OnBehalfOfType = "system",
        Credential = "ci-key",
        RequestId = "0HN1:00000002",
        CreatedAt = Start.AddMicroseconds(1),
    };

    /// <summary>The details that belong to each type of durable event of a run.</summary>
    public static IEnumerable<(EventType Type, EventData Data)> EventsOf(RunId run)
    {
        yield return (EventType.RunCreated, new RunCreatedData(ExperimentId.Parse("exp"), VersionId.Parse("v1"), null));
        yield return (EventType.RunCreated, new RunCreatedData(ExperimentId.Parse("exp"), VersionId.Parse("v1"), "grace"));
        foreach (var state in Enum.GetValues<RunState>())
        {
            yield return (EventType.RunStateChanged, new StateChangedData(new StateTransition(1, null, state, "ada", "why", 2, Start), null));
            yield return (EventType.RunStateChanged, new StateChangedData(new StateTransition(2, state, RunState.Running, "ada", null, 2, Start), null));
        }

        foreach (var reason in Enum.GetValues<EndReason>())
        {
            yield return (EventType.RunStateChanged, new StateChangedData(Step(3, RunState.Running, RunState.Failed), reason));
        }

        foreach (var health in Enum.GetValues<HealthStatus>())
        {
            yield return (EventType.RunHealthChanged, new HealthChangedData(health, HealthStatus.Healthy, TimeSpan.FromMicroseconds(1)));
            yield return (EventType.RunHealthChanged, new HealthChangedData(HealthStatus.Healthy, health, TimeSpan.Zero));
            yield return (EventType.RunHealthChanged, new HealthChangedData(HealthStatus.Healthy, health, TimeSpan.Zero) { Standstill = TimeSpan.FromMicroseconds(1_800_000_001) });
        }

        foreach (var loss in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            yield return (EventType.RunLossNotFinite, new LossNotFiniteData(Largest, loss));
        }

        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            yield return (EventType.RunHeartbeatRefused, new HeartbeatRefusedData(code));
        }

        foreach (var type in Enum.GetValues<ActorType>())
        {
            yield return (EventType.RunSnoozed, new SnoozedData(Start.AddHours(1), "wait", new Actor(type, "ada")));
        }

        yield return (EventType.RunSnoozed, new SnoozedData(null, null, new Actor(ActorType.Operator, "ada")));
        yield return (EventType.RunAttemptStarted, new AttemptStartedData(null, null, new ResumeFrom(0, 0)));
        yield return (EventType.RunAttemptStarted, new AttemptStartedData("lost", "worker", new ResumeFrom(Largest, Largest)));
        yield return (EventType.RunTerminateRecommended, new TerminateRecommendedData(TimeSpan.FromDays(366)));
        yield return (EventType.RunRolledBack, new RolledBackData(Largest, 1));
        EventType[] ofCommands =
            [EventType.CommandQueued, EventType.CommandDelivered, EventType.CommandAcknowledged, EventType.CommandSuperseded, EventType.CommandExpired];
        foreach (var type in ofCommands)
        {
            yield return (type, new CommandData(Command(run, 1)));
            yield return (type, new CommandData(FullCommand(run)));
        }
    }

    /// <summary>An event of the fleet.</summary>
    public static RunEvent OfFleet(long sequence = 1) =>
        new(sequence, EventType.FleetSilent, Start, default, 0, new FleetSilentData(60, 100, Start.AddMinutes(1)));
}
