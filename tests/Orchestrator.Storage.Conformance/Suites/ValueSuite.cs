using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Storage.Conformance;

/// <summary>Whatever was written reads back as it was: every member, every number, every text, every time.</summary>
public abstract class ValueSuite(IStoreFactory stores) : StoreSuite(stores)
{
    public static TheoryData<double> OddNumbers =>
    [
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon,
        0.0, -0.0, 0.1, 1.0 / 3, 1e21, 9_007_199_254_740_993,
    ];

    [Theory]
    [MemberData(nameof(OddNumbers))]
    public async Task Odd_numbers_read_back_as_they_were(double number)
    {
        var head = await Store.StoreAsync(Creation(Head("run") with
        {
            Tuned = new Dictionary<string, TunedValue> { ["t"] = new(number, 1) },
            Will = new OperatorWill(true, new Dictionary<string, double> { ["t"] = number }),
        }));
        var heartbeat = new Heartbeat { RunId = head.Id, Loss = number, SamplesPerSec = number, Metrics = new Dictionary<string, double> { ["m"] = number } };
        var beaten = await Store.CommitAsync(Beating(head, new HeartbeatWrite(heartbeat, Start, default)));

        Same.As(heartbeat.ApplyTo(RunProgress.None, Start), beaten.Progress);
        Same.As(new RunView(head, beaten.Progress!, []), await Store.LoadAsync("run"));
    }

    [Theory]
    [InlineData(int.MinValue, 0, 0)]
    [InlineData(-1, 1, 1)]
    [InlineData(int.MaxValue, int.MaxValue, Samples.Largest)]
    [InlineData(0, 1, long.MaxValue)]
    public async Task Whole_numbers_read_back_as_they_were(int priority, int attempt, long count)
    {
        var head = Head("run", priority) with
        {
            Attempt = attempt,
            KeptRefusals = unchecked((uint)priority),
            Commands = count,
            Events = count,
            Transitions = count,
            AuditEntries = count,
            Tuned = new Dictionary<string, TunedValue> { ["t"] = new(1, count) },
            EarlierAttempts = new EarlierAttempts { Failures = attempt, HighestStep = count, HighestCheckpoint = count },
            ResumePoint = new ResumePoint(Id("run"), attempt, count, count, "u"),
        };
        var progress = new RunProgress { Beat = count, CurrentStep = count, CheckpointVersion = count, CheckpointStep = count, Heartbeats = count };
        var command = Samples.FullCommand(head.Id) with { DeliveryCount = attempt, Acknowledgement = new Acknowledgement { Step = count, Attempt = attempt } };
        head = await Store.StoreAsync(Creation(head, progress: progress));
        head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = [command] }));

        Same.As(new RunView(head, progress, [command]), await Store.LoadAsync("run"));
    }

    [Fact]
    public async Task A_run_reads_back_with_every_member()
    {
        var head = Samples.FullHead("run");
        head = await Store.StoreAsync(Creation(head, progress: Samples.FullProgress));
        Same.As(new RunView(head, Samples.FullProgress, []), await Store.LoadAsync("run"));
    }

    [Fact]
    public async Task What_a_run_lacks_it_lacks_when_it_is_read()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        Same.As(new RunView(head, RunProgress.None, []), await Store.LoadAsync("run"));

        var empty = new RunProgress { CheckpointUri = "", StatusMessage = "", Metrics = new Dictionary<string, double>() };
        head = head with
        {
            Id = Id("empty"),
            CreatedBy = "",
            WorkerId = "",
            AuditHash = "",
            HealthPolicy = new HealthPolicy(),
            Claim = new RunClaim("", null),
            EarlierAttempts = new EarlierAttempts(),
            Will = new OperatorWill(false, new Dictionary<string, double>()),
            ResumePoint = new ResumePoint(Id("empty"), 0, 0, 0, ""),
            Ending = new RunEnding(EndReason.Failed, Start, ""),
        };
        head = await Store.StoreAsync(Creation(head, progress: empty));
        Same.As(new RunView(head, empty, []), await Store.LoadAsync("empty"));
    }

    [Fact]
    public async Task Texts_read_back_that_are_as_long_as_they_may_be()
    {
        const string character = "€";
        var most = Enumerable.Range(0, 64).ToDictionary(n => Long(60) + n.ToString("000", CultureInfo.InvariantCulture), n => Long(255) + n % 10);
        var head = Head("run") with
        {
            WorkerId = Long(256),
            Labels = most,
            Requires = most,
            Claim = new RunClaim(Long(64), Long(256)),
            Will = new OperatorWill(true, most.Keys.ToDictionary(name => name, name => (double)name.Length)),
            ResumePoint = new ResumePoint(RunId.Parse(new string('r', 128)), int.MaxValue, Samples.Largest, Samples.Largest, Long(2_048)),
            Ending = new RunEnding(EndReason.Failed, Start, Long(4_096)),
        };
        var progress = new RunProgress { CheckpointUri = Long(2_048), StatusMessage = Long(4_096), CheckpointStep = Samples.Largest };

        head = await Store.StoreAsync(Creation(head, progress: progress));

        Same.As(new RunView(head, progress, []), await Store.LoadAsync("run"));
        Same.As(new[] { head }, await Store.FindQueuedAsync(new QueueFilter { Labels = most, Offers = most }, 9, CancellationToken.None));

        static string Long(int length) => string.Concat(Enumerable.Repeat(character, length));
    }

    [Fact]
    public async Task Every_name_of_a_run_reads_back()
    {
        var heads = new List<RunHead>();
        var progress = new List<RunProgress>();
        foreach (var state in Enum.GetValues<RunState>())
        {
            Add(head => head with { State = state });
        }

        foreach (var health in Enum.GetValues<HealthStatus>())
        {
            Add(head => head with { Health = health });
        }

        foreach (var reason in Enum.GetValues<EndReason>())
        {
            Add(head => head with { State = RunState.Failed, Ending = new RunEnding(reason, Start) });
        }

        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            Add(head => head with { LastRefusal = new LastRefusal(code, Start), KeptRefusals = 1u << (int)code });
        }

        foreach (var isAcknowledged in new[] { false, true })
        {
            Add(head => head with { Termination = new Termination(Start, isAcknowledged) });
        }

        foreach (var status in Enum.GetValues<RuntimeStatus>())
        {
            Add(head => head, new RunProgress { Status = status });
        }

        await Store.StoreAsync(heads.Zip(progress, (head, stands) => Creation(head, progress: stands)));

        var views = new RunView?[heads.Count];
        await Store.LoadAsync(heads.Select(head => new RunLookup(head.Id)).ToArray(), views, CancellationToken.None);
        Same.As(heads.Zip(progress, (head, stands) => new RunView(head, stands, [])), views);

        void Add(Func<RunHead, RunHead> with, RunProgress? stands = null)
        {
            heads.Add(with(Head($"run-{heads.Count}")));
            progress.Add(stands ?? RunProgress.None);
        }
    }

    public static TheoryData<string> Texts =>
    [
        string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code)),
        "",
        " leading and trailing ",
        "null",
        "'; DROP TABLE runs; --",
        "\\ \\\\ \" \\u0041 %s {0} $1 {\"a\":[1]}",
        "\u0001\u0002\u001F\u007F\u0085",
        "\t\r\n\n\r",
        "größe é e\u0301 Å A\u030A",
        "名前 Ελληνικά עברית العربية",
        "😂 👩‍👩‍👧 𝒳 \U0010FFFD",
        "\uFEFF\u2028\u2029\u200F\uFFFD\uFFFF\uE000",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Texts_read_back_character_by_character(string text)
    {
        var head = Head("run", 0, (text, text), (text + "2", "x")) with
        {
            CreatedBy = text,
            WorkerId = text,
            State = RunState.Provisioning,
            Requires = new Dictionary<string, string> { [text] = text },
            Claim = new RunClaim(text, text),
            Will = new OperatorWill(false, new Dictionary<string, double> { [text] = 1 }),
            ResumePoint = new ResumePoint(Id("run"), 1, 1, 1, text),
            Ending = new RunEnding(EndReason.Failed, Start, text),
            Tuned = new Dictionary<string, TunedValue> { [text] = new(1, 1) },
        };
        var manifest = new RunManifest(JsonSerializer.SerializeToElement(new Dictionary<string, string> { [text] = text }), RunManifest.Empty.Overrides);
        var progress = new RunProgress { CheckpointUri = text, StatusMessage = text, Metrics = new Dictionary<string, double> { [text] = 1 } };
        var actor = new Actor(ActorType.Operator, text);
        var command = Samples.FullCommand(head.Id) with
        {
            Actor = actor,
            OnBehalfOf = actor,
            Payload = manifest.LaunchManifest,
            Acknowledgement = new Acknowledgement { Reason = text, Applied = new Dictionary<string, double> { [text] = 1 } },
        };
        var entry = Entry(1) with { ActorId = text, OnBehalfOf = text, KeyId = text, SourceIp = text, UserAgent = text };
        var transition = new StateTransition(1, null, RunState.Queued, text, text, 1, Start);
        EventData[] data = [new AttemptStartedData(text, text, new ResumeFrom(1, 1)), new SnoozedData(Start, text, actor), new CommandData(command)];
        EventType[] types = [EventType.RunAttemptStarted, EventType.RunSnoozed, EventType.CommandQueued];
        RunEvent[] told = [.. data.Zip(types, (details, type) => new RunEvent(1 + Array.IndexOf(types, type), type, Start, head.Id, 1, details))];
        var creation = Creation(head, manifest, progress: progress);
        await Store.StoreAsync(creation with
        {
            Change = creation.Change! with
            {
                Commands = [command],
                Audit = entry,
                Transitions = [transition],
                Events = told,
                Idempotency = new IdempotencyRecord("key", text, command.Id),
            },
        });

        Same.As(
            new RunView(head, progress, [command]) { Manifest = manifest, Command = command, Idempotency = new IdempotencyRecord("key", text, command.Id) },
            await Store.LoadAsync("run", manifest: true, command: "full", key: "key"));
        Same.As(new[] { head }, await Store.FindHeldAsync(text));
        Same.As(new[] { entry }, await Store.ReadAuditAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(new[] { transition }, await Store.ReadTransitionsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(told, await Store.ReadWholeFeedAsync());
        Assert.Single(await Store.ListAsync(new RunFilter { Labels = [new(text, text)] }));
    }

    public static TheoryData<DateTimeOffset> Times =>
    [
        new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero),
        new DateTimeOffset(1582, 10, 10, 1, 2, 3, TimeSpan.Zero),
        new DateTimeOffset(1969, 12, 31, 23, 59, 59, TimeSpan.Zero).AddMicroseconds(999_999),
        new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Start.AddMicroseconds(1),
        Start.AddMicroseconds(999_999),
        new DateTimeOffset(2026, 3, 29, 2, 30, 0, TimeSpan.FromHours(2)),
        new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddMicroseconds(999_998),
    ];

    [Theory]
    [MemberData(nameof(Times))]
    public async Task Times_read_back_to_the_microsecond(DateTimeOffset time)
    {
        var head = Head("run") with
        {
            CreatedAt = time,
            StartedAt = time,
            State = RunState.Failed,
            Ending = new RunEnding(EndReason.Failed, time),
            Termination = new Termination(time, false),
            HealthChangedAt = time,
            LastSignAt = time,
            SnoozedUntil = time,
            PolicyDueAt = time,
            EarlierAttempts = new EarlierAttempts { TakenOverAt = time, TakenOverBeforeAt = time },
            QuickStatusChanges = new QuickStatusChanges(1, time),
            LastRefusal = new LastRefusal(RefusalCode.RunEnded, time),
            DueAt = time,
            ChangedAt = time,
        };
        var progress = new RunProgress { LastHeartbeatAt = time, AdvancedAt = time };
        var command = Samples.FullCommand(head.Id) with { IssuedAt = time, ExpiresAt = time, CreatedAt = time, DeliveredAt = time, AcknowledgedAt = time };
        RunEvent[] told =
        [
            new(1, EventType.CommandQueued, time, head.Id, 1, new CommandData(command)),
            new(2, EventType.RunSnoozed, time, head.Id, 1, new SnoozedData(time, null, command.Actor)),
        ];
        var creation = Creation(head, progress: progress);
        await Store.StoreAsync(creation with
        {
            Change = creation.Change! with
            {
                Commands = [command],
                Audit = Entry(1) with { CreatedAt = time },
                Transitions = [Step(1) with { CreatedAt = time }],
                Events = told,
            },
        });

        Same.As(new RunView(head, progress, [command]), await Store.LoadAsync("run"));
        Same.As(new[] { Entry(1) with { CreatedAt = time } }, await Store.ReadAuditAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(new[] { Step(1) with { CreatedAt = time } }, await Store.ReadTransitionsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(told, await Store.ReadEventsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(told, await Store.ReadWholeFeedAsync());
        Assert.Single(await Store.ListAsync(new RunFilter { CreatedAfter = time.AddMicroseconds(-1), CreatedBefore = time.AddMicroseconds(1) }));
        Assert.Single(await Store.FindDueAsync(time));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(86_400_000_001)]
    [InlineData(31_622_400_000_000)]
    public async Task Spans_of_time_read_back_to_the_microsecond(long microseconds)
    {
        var span = TimeSpan.FromMicroseconds(microseconds);
        var head = Head("run") with { HealthPolicy = new HealthPolicy(span, span, span), DueAfterSilence = span, DueAfterStandstill = span };
        await Store.StoreAsync(Creation(head));
        Same.As(head, (await Store.LoadAsync("run"))!.Head);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"b":1,"a":{"d":[],"c":{}},"":null}""")]
    [InlineData("""{"n":[0,-0,1.0,1.10,1e5,1E+2,1e-7,0.1e1,12345678901234567890123456789,1.10000000000000000000000000000000001e400,-1e-400]}""")]
    [InlineData("""{"s":["","\u0041","\ud83d\ude00","\\","\"","\/","\b\f\n\r\t\u001f","null","1"],"größe":true,"\u00e9":false}""")]
    [InlineData("""{"mixed":[1,"1",true,"true",null,"null",[1],{"1":1}]}""")]
    public async Task Manifests_and_payloads_are_JSON_equal_and_their_numbers_the_same_digit_for_digit(string json)
    {
        var element = JsonElement.Parse(json);
        var manifest = new RunManifest(element, JsonElement.Parse("""{"other":1.50}"""u8));
        var head = await Store.StoreAsync(Creation(Head("run"), manifest));
        var command = Samples.FullCommand(head.Id) with { Payload = element };
        await Store.StoreAsync(Changing(head, with: change => change with { Commands = [command] }));

        var view = (await Store.LoadAsync("run", manifest: true))!;
        Same.As(manifest, view.Manifest);
        Same.As(new[] { command }, view.Live);
        Same.As(manifest, (await Store.ListAsync(new RunFilter(), 1, null, RunDetail.Full, CancellationToken.None)).Items[0].Manifest);
    }

    [Fact]
    public async Task A_manifest_is_large_and_deep()
    {
        const int depth = 60;
        var large = JsonElement.Parse($$"""{"text":"{{new string('é', 128 * 1024)}}"}""");
        var many = JsonElement.Parse($$"""{"deep":{{new string('[', depth)}}{{new string(']', depth)}},"many":[{{string.Join(',', Enumerable.Range(0, 40_000))}}]}""");
        var manifest = new RunManifest(large, many);
        await Store.StoreAsync(Creation(Head("run"), manifest));

        Same.As(manifest, (await Store.LoadAsync("run", manifest: true))!.Manifest);
    }

    [Fact]
    public async Task Commands_read_back_with_every_member_and_every_name()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var full = Samples.FullCommand(head.Id);
        Command[] variants =
        [
            full,
            Command(head.Id, 1),
            full with { Acknowledgement = new Acknowledgement() },
            full with { Acknowledgement = new Acknowledgement { Reason = "", Applied = new Dictionary<string, double>() } },
            .. Enum.GetValues<CommandType>().Select(type => full with { Type = type }),
            .. Enum.GetValues<CommandStatus>().Select(status => full with { Status = status }),
            .. Enum.GetValues<ActorType>().Select(type => full with { Actor = new Actor(type, "a"), OnBehalfOf = new Actor(type, "b") }),
            .. Enum.GetValues<AckOutcome>().Select(outcome => full with { Acknowledgement = new Acknowledgement { Outcome = outcome } }),
        ];
        Command[] commands = [.. variants.Select((command, index) => command with { Id = CommandId.Parse($"c{index}"), Sequence = index + 1 })];
        await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands }));

        Same.As(commands, await Store.ReadCommandsAsync(head.Id, 0, 99, CancellationToken.None));
        Same.As(commands.Where(command => command.Status is CommandStatus.Pending or CommandStatus.Delivered), (await Store.LoadAsync("run"))!.Live);
    }

    [Fact]
    public async Task Transitions_read_back_with_every_member_and_every_name()
    {
        StateTransition[] steps =
        [
            new(1, null, RunState.Queued, "orchestrator", null, 1, Start),
            .. Enum.GetValues<RunState>().Select(
                (state, index) => new StateTransition(index + 2, state, state, "ada", $"why {state}", index, Start.AddSeconds(index))),
        ];
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.StoreAsync(Changing(head, with: change => change with { Transitions = steps }));

        Same.As(steps, await Store.ReadTransitionsAsync(head.Id, 0, 99, CancellationToken.None));
    }

    [Fact]
    public async Task What_a_newer_version_stored_survives_a_rewrite_by_this_one()
    {
        const string policy = """{"stale_after":"00:00:09","newer":{"n":1.10}}""";
        const string tuned = """{"lr":{"value":0.1,"sequence":3,"newer":[1,null]}}""";
        const string acknowledgement = """{"outcome":"applied","newer":"x"}""";
        var head = await Store.StoreAsync(Creation(Head("run") with
        {
            HealthPolicy = StoredJson.Read<HealthPolicy>(policy),
            Tuned = StoredJson.Read<IReadOnlyDictionary<string, TunedValue>>(tuned),
            LastRefusal = LastRefusal.Of("a_newer_reason", Start),
        }));
        var command = Command(head.Id, 1) with { Acknowledgement = StoredJson.Read<Acknowledgement>(acknowledgement) };
        await Store.StoreAsync(Changing(head, with: change => change with { Commands = [command] }));

        var other = await OpenAnotherAsync();
        var view = (await other.LoadAsync("run"))!;
        await other.StoreAsync(Changing(
            view.Head,
            rewritten => rewritten with { Attempt = 2, State = RunState.Running },
            change => change with { Commands = [view.Live[0] with { Status = CommandStatus.Delivered, DeliveryCount = 1 }] }));

        var after = (await Store.LoadAsync("run"))!;
        Assert.Equal((2, CommandStatus.Delivered), (after.Head.Attempt, after.Live[0].Status));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(policy), JsonElement.Parse(StoredJson.Write(after.Head.HealthPolicy!))));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(tuned), JsonElement.Parse(StoredJson.Write(after.Head.Tuned))));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(acknowledgement), JsonElement.Parse(StoredJson.Write(after.Live[0].Acknowledgement!))));
        Assert.Equal(LastRefusal.Of("a_newer_reason", Start), after.Head.LastRefusal);
    }

    [Fact]
    public async Task Audit_entries_read_back_with_every_member()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        head = await Store.StoreAsync(Changing(head, with: change => change with { Audit = Samples.FullEntry(1) }));
        await Store.StoreAsync(Changing(head, with: change => change with { Audit = Entry(2) }));

        Same.As(new[] { Samples.FullEntry(1), Entry(2) }, await Store.ReadAuditAsync(head.Id, 0, 9, CancellationToken.None));
    }

    [Fact]
    public async Task Events_of_every_type_read_back_with_every_member_from_the_run_and_from_the_feed()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        RunEvent[] events =
        [
            .. Samples.EventsOf(head.Id).Select(
                (happened, index) => new RunEvent(index + 1, happened.Type, Start.AddMicroseconds(index), head.Id, index, happened.Data)),
        ];
        Assert.Equal(
            Enum.GetValues<EventType>().Except([EventType.RunProgress, EventType.FleetSilent]), events.Select(told => told.Type).Distinct().Order());
        await Store.StoreAsync(Changing(head, with: change => change with { Events = events }));
        Assert.True(await Store.TryWriteNoteAsync("n", "x", 0, Samples.OfFleet()));

        Same.As(events, await Store.ReadEventsAsync(head.Id, 0, 999, CancellationToken.None));
        Same.As(events.Append(Samples.OfFleet()), await Store.ReadWholeFeedAsync(limit: 50));
    }
}
