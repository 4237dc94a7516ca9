using System.Text;
using System.Text.Json;
using CsCheck;

namespace Orchestrator.Client.Tests.Transports;

/// <summary>Requests at the limits of what the engine takes, and a little beyond. Most members of a request are sound, so that many requests are.</summary>
internal static class RequestGen
{
    private const long Exact = (1L << 53) - 1;
    private const int Often = 24;

    public static readonly Gen<RunId> Run = Gen.OneOfConst("r", new string('Z', 128), "-_.0").Select(RunId.Parse);

    private static readonly Gen<CommandId> Command = Gen.OneOfConst("c", new string('9', 128), "a.b", "Next").Select(CommandId.Parse);

    private static readonly Gen<int?> Integer = Absent(Gen.OneOf(Gen.OneOfConst(1, 0, -1, int.MaxValue, int.MinValue), Gen.Int).Select(number => (int?)number));

    private static readonly Gen<long?> Counter = Mostly(
        Gen.OneOf(Gen.OneOfConst(0, 1, Exact), Gen.Long[0, Exact]), Gen.OneOfConst(-1, Exact + 1, Exact + 2, long.MaxValue, long.MinValue)).Select(number => (long?)number);

    private static readonly Gen<long?> Beat = Absent(Mostly(
        Gen.OneOf(Gen.OneOfConst(0, 1, -1, Exact, -Exact), Gen.Long[-Exact, Exact]), Gen.OneOfConst(Exact + 1, -Exact - 1, long.MaxValue, long.MinValue)).Select(number => (long?)number));

    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.OneOfConst(0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon, 2.2250738585072009e-308, double.MaxValue, double.MinValue, 0.1, 1.0 / 3, 9007199254740993.0),
        Gen.Double);

    private static readonly Gen<double> Finite = Mostly(Number.Where(double.IsFinite), Number);

    private static readonly Gen<double?> Throughput = Absent(Mostly(Number.Where(number => !(number < 0)), Number).Select(number => (double?)number));

    private static readonly Gen<double?> Loss = Absent(Number.Select(number => (double?)number));

    private static readonly Gen<string> Piece = Gen.OneOfConst("a", "x y", "\"", "\\u0041", "\n", "\u007f", "<&'+>", "é", "\u2028", "😀", "ﬀ€", "\u0001\t", "{}", "a:b", "%2B?#/");

    private static readonly Gen<string> UnsoundPiece = Gen.OneOfConst("\0", "a\0b");

    private static readonly Gen<DateTimeOffset?> Time = Absent(Gen.OneOf(
        Gen.OneOfConst(
            DateTimeOffset.MaxValue,
            DateTimeOffset.MaxValue.AddTicks(-9),
            DateTimeOffset.UnixEpoch.AddTicks(-1),
            new DateTimeOffset(11, TimeSpan.Zero),
            new DateTimeOffset(2026, 2, 3, 4, 5, 6, new TimeSpan(14, 0, 0)).AddTicks(1_234_567),
            new DateTimeOffset(2026, 2, 3, 4, 5, 6, new TimeSpan(-9, -30, 0)).AddTicks(9_999_999)),
        Gen.OneOfConst(DateTimeOffset.MinValue, new DateTimeOffset(9, TimeSpan.Zero), new DateTimeOffset(1, 1, 1, 14, 0, 0, TimeSpan.FromHours(14))),
        Gen.Long[10, DateTimeOffset.MaxValue.Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero)),
        Gen.Long[10, DateTimeOffset.MaxValue.Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero)),
        Gen.Long[10, DateTimeOffset.MaxValue.Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero))).Select(time => (DateTimeOffset?)time));

    private static readonly Gen<TimeSpan> Span = Mostly(
        Gen.OneOf(
            Gen.OneOfConst(TimeSpan.Zero, new TimeSpan(1), new TimeSpan(10), new TimeSpan(19), new TimeSpan(3_000_019), TimeSpan.FromSeconds(60), TimeSpan.FromDays(365), TimeSpan.FromDays(366)),
            Gen.Long[0, TimeSpan.TicksPerDay * 366].Select(ticks => new TimeSpan(ticks))),
        Gen.OneOfConst(new TimeSpan(-1), Timeout.InfiniteTimeSpan, TimeSpan.FromDays(366) + new TimeSpan(1), TimeSpan.FromDays(366) + new TimeSpan(10), TimeSpan.MaxValue, TimeSpan.MinValue));

    private static readonly Gen<TimeSpan> Wait = Mostly(
        Gen.OneOf(Gen.OneOfConst(TimeSpan.Zero, new TimeSpan(1), TimeSpan.FromSeconds(60)), Gen.Long[0, TimeSpan.TicksPerMinute].Select(ticks => new TimeSpan(ticks))), Span);

    private static readonly Gen<Actor?> Actor = Mostly(
        Gen.Select(Gen.OneOfConst(ActorType.Operator, ActorType.System), Text(256, isRequired: true), (type, id) => (Actor?)new Actor(type, id)),
        Gen.OneOfConst(null, new Actor((ActorType)7, "ada"), new Actor(ActorType.Operator, ""), new Actor(default, null!)));

    private static readonly Gen<JsonElement> Json = Gen.Select(Gen.Int[0, 32], Text(300), Number.Where(double.IsFinite), (depth, text, number) =>
    {
        var value = new StringBuilder().Append('[', depth).Append(JsonSerializer.Serialize(number)).Append(']', depth);
        return JsonElement.Parse($$"""{"deep":{{value}},"text":{{JsonSerializer.Serialize(text)}},"digits":1.10e400,"":null,"more":[true,false,{},[]]}""");
    });

    private static readonly Gen<JsonElement?> Object = Absent(Mostly(
        Json.Select(json => (JsonElement?)json),
        Gen.OneOfConst("null", "[]", "1", """{"a":1,"a":2}""", """{"a":"\u0000"}""").Select(text => (JsonElement?)JsonElement.Parse(text))));

    private static readonly Gen<IReadOnlyDictionary<string, double>?> Metrics = Map(Text(256, isRequired: true), Number, 64);

    private static readonly Gen<IReadOnlyDictionary<string, string>> Labels = Map(
        Mostly(Text(63, isRequired: true).Select(key => key.Replace(':', ';')), Text(70)), Mostly(Text(256), Gen.Const((string)null!)), 64).Select(map => map ?? new NewRun().Labels);

    public static readonly Gen<Heartbeat> Heartbeat =
        from run in Mostly(Run, Gen.Const(default(RunId)))
        from status in Enum(RuntimeStatus.Running, RuntimeStatus.Paused, RuntimeStatus.Terminating, RuntimeStatus.Errored)
        from numbers in Gen.Select(Counter, Throughput, Loss, Counter)
        from texts in Gen.Select(Absent(Text(2_048)), Absent(Text(4_096)), Absent(Text(128)))
        from queued in Absent(Gen.Select(Mostly(Command, Gen.Const(default(CommandId))), Mostly(Gen.Int[0, 200], Gen.OneOfConst(1_024, 1_025)), (id, count) => (IReadOnlyList<CommandId>?)Enumerable.Repeat(id, count).ToArray()))
        from fence in Gen.Select(Integer, Beat)
        from metrics in Metrics
        select new Heartbeat
        {
            RunId = run,
            Status = status,
            Step = numbers.Item1,
            SamplesPerSec = numbers.Item2,
            Loss = numbers.Item3,
            CheckpointVersion = numbers.Item4,
            CheckpointUri = texts.Item1,
            Notes = texts.Item2,
            ClaimId = texts.Item3,
            QueuedCommands = queued,
            Attempt = fence.Item1,
            Beat = fence.Item2,
            Metrics = metrics,
        };

    public static readonly Gen<NewRun> NewRun =
        from id in Absent(Mostly(Run, Gen.Const(default(RunId))).Select(run => (RunId?)run))
        from named in Mostly(Gen.Const((ExperimentId.Parse("e"), VersionId.Parse("v"))), Gen.Const(default((ExperimentId, VersionId))))
        from json in Gen.Select(Object, Object)
        from maps in Gen.Select(Labels, Labels)
        from priority in Integer
        from policy in Absent(Gen.Select(Absent(Span.Nullable()), Absent(Span.Nullable()), Absent(Span.Nullable()), (stale, unresponsive, stalled) => (HealthPolicy?)new HealthPolicy(stale, unresponsive, stalled)))
        from creator in Absent(Text(256))
        select new NewRun
        {
            Id = id,
            ExperimentId = named.Item1,
            VersionId = named.Item2,
            LaunchManifest = json.Item1,
            Overrides = json.Item2,
            Labels = maps.Item1,
            Requires = maps.Item2,
            Priority = priority ?? 0,
            HealthPolicy = policy,
            CreatedBy = creator,
        };

    public static readonly Gen<TransitionRequest> Transition =
        from to in Enum(RunState.Completed, RunState.Queued, RunState.Running)
        from actor in Actor
        from texts in Gen.Select(Absent(Text(1_024)), Absent(Text(128)), Absent(Text(4_096)))
        from attempt in Integer
        from final in Absent(
            from counters in Gen.Select(Absent(Counter), Absent(Counter))
            from measures in Gen.Select(Loss, Throughput)
            from uri in Absent(Text(2_048))
            from metrics in Metrics
            select (FinalReport?)new FinalReport
            {
                Step = counters.Item1,
                CheckpointVersion = counters.Item2,
                Loss = measures.Item1,
                SamplesPerSec = measures.Item2,
                CheckpointUri = uri,
                Metrics = metrics,
            })
        select new TransitionRequest
        {
            To = to,
            Actor = actor,
            Reason = texts.Item1,
            ClaimId = texts.Item2,
            StatusMessage = texts.Item3,
            Attempt = attempt,
            Final = final,
        };

    public static readonly Gen<ClaimRequest> Claim =
        from worker in Text(256, isRequired: true)
        from maps in Gen.Select(Labels, Labels)
        from run in Absent(Mostly(Run, Gen.Const(default(RunId))).Select(run => (RunId?)run))
        from takeover in Gen.Bool
        from wait in Wait
        select new ClaimRequest { WorkerId = worker, Labels = maps.Item1, Offers = maps.Item2, Run = run, Takeover = takeover, Wait = wait };

    public static readonly Gen<AttemptRequest> Attempt =
        from actor in Actor
        from texts in Gen.Select(Absent(Text(1_024)), Absent(Text(256, isRequired: true)))
        from expected in Integer
        from point in Absent(Gen.Select(Counter, Counter, (step, version) => (ResumeFrom?)new ResumeFrom(step!.Value, version!.Value)))
        select new AttemptRequest { Actor = actor, Reason = texts.Item1, WorkerId = texts.Item2, ExpectedAttempt = expected, ResumeFrom = point };

    public static readonly Gen<SnoozeRequest> Snooze =
        from actor in Actor
        from reason in Text(1_024, isRequired: true)
        from until in Time
        from span in Span
        from both in Mostly(Gen.Const(false), Gen.Const(true))
        select new SnoozeRequest { Actor = actor, Reason = reason, Until = until, For = until is null || both ? span : null };

    public static readonly Gen<NewCommand> NewCommand =
        from id in Absent(Mostly(Command, Gen.OneOfConst(default, CommandId.Parse("next"))).Select(id => (CommandId?)id))
        from actor in Actor
        from times in Gen.Select(Time, Time)
        from content in Content
        select new NewCommand { Id = id, Actor = actor, IssuedAt = times.Item1, ExpiresAt = times.Item2, Type = content.Item1, Payload = content.Item2 };

    public static readonly Gen<(CommandId Id, Acknowledgement Acknowledgement)> Acknowledgement =
        from id in Command
        from outcome in Mostly(Gen.OneOfConst(AckOutcome.Applied, AckOutcome.Rejected), Gen.OneOfConst(default, (AckOutcome)9))
        from texts in Gen.Select(Absent(Text(1_024)), Absent(Text(128)))
        from applied in Map(Text(64, isRequired: true), Finite, 64)
        from step in Absent(Counter)
        from attempt in Integer
        select (id, new Acknowledgement { Outcome = outcome, Reason = texts.Item1, ClaimId = texts.Item2, Applied = applied, Step = step, Attempt = attempt });

    public static readonly Gen<(TimeSpan Wait, int? Attempt, string? ClaimId)> Poll = Gen.Select(Wait, Integer, Absent(Text(128)));

    public static readonly Gen<(RunFilter Filter, int Limit, string? Cursor, RunDetail Detail)> List =
        from states in Mostly(Gen.OneOfConst(RunState.Queued, RunState.Failed), Gen.Const((RunState)77)).Array[0, 3]
        from health in Mostly(Gen.OneOfConst(HealthStatus.Healthy, HealthStatus.Stalled), Gen.Const((HealthStatus)77)).Array[0, 3]
        from experiments in Mostly(Gen.Const(ExperimentId.Parse("e")), Gen.Const(default(ExperimentId))).Array[0, 2]
        from labels in Gen.Select(Mostly(Text(63, isRequired: true).Select(key => key.Replace(':', ';')), Text(8)), Text(40), KeyValuePair.Create).Array[0, 2]
        from times in Gen.Select(Time, Time)
        from limit in Mostly(Gen.Int[1, 500], Gen.OneOfConst(0, 501, -1))
        from cursor in Absent(Text(20))
        from detail in Gen.OneOfConst(RunDetail.Summary, RunDetail.Full)
        select (new RunFilter { States = states, Health = health, Experiments = experiments, Labels = labels, CreatedAfter = times.Item1, CreatedBefore = times.Item2 }, limit, cursor, detail);

    public static readonly Gen<PageRequest> Page =
        from limit in Mostly(Gen.Int[1, 1_000], Gen.OneOfConst(0, 1_001, -1))
        from cursor in Absent(Mostly(Gen.Long[1, 1_000].Select(sequence => $"{sequence}"), Text(20)))
        from order in Mostly(Gen.OneOfConst(ListOrder.Ascending, ListOrder.Descending), Gen.Const((ListOrder)77))
        select new PageRequest { Limit = limit, Cursor = cursor, Order = order };

    private static Gen<(CommandType?, JsonElement?)> Content => Gen.OneOf(
        Gen.OneOfConst(CommandType.Pause, CommandType.Resume).SelectMany(type => Mostly(Gen.OneOfConst("", "{}", "null"), Gen.OneOfConst("[]", """{"a":1}"""))
            .Select(json => ((CommandType?)type, Parsed(json)))),
        Gen.Select(Text(256, isRequired: true), Gen.OneOfConst("", ""","final_checkpoint":true""", ""","final_checkpoint":null""", ""","reason":"again" """, ""","other":1"""), (reason, more) =>
            ((CommandType?)CommandType.Terminate, Parsed($$"""{"reason":{{JsonSerializer.Serialize(reason)}}{{more}}}"""))),
        Gen.Select(Mostly(Number.Where(double.IsFinite).Select(number => JsonSerializer.Serialize(number)), Gen.OneOfConst("1e400", "null", "\"1\"")), Absent(Text(4_096)), (number, notes) =>
            ((CommandType?)CommandType.Tune, Parsed($$"""{"any":{{number}},"notes":{{JsonSerializer.Serialize(notes)}}}"""))),
        Gen.OneOfConst(null, (CommandType?)(CommandType)99).Select(type => (type, (JsonElement?)null)));

    private static JsonElement? Parsed(string json) => json.Length == 0 ? null : JsonElement.Parse(json);

    /// <summary>Text up to a limit and one character beyond, now and then with what not every store can keep.</summary>
    private static Gen<string> Text(int max, bool isRequired = false) =>
        from piece in Mostly(Piece, UnsoundPiece)
        from length in Mostly(
            Gen.OneOf(Gen.OneOfConst(isRequired ? 1 : 0, max), Gen.Int[1, Math.Min(max, 40)], Gen.Int[1, Math.Min(max, 40)]), Gen.OneOfConst(isRequired ? 0 : 1, max + 1))
        select Repeat(piece, length);

    /// <summary>Repeats a text to a length. It ends before a pair of surrogates that does not fit: the last character then is another.</summary>
    private static string Repeat(string piece, int length)
    {
        var text = new StringBuilder();
        while (text.Length + piece.Length <= length)
        {
            text.Append(piece);
        }

        return text.Append('z', length - text.Length).ToString();
    }

    private static Gen<IReadOnlyDictionary<string, T>?> Map<T>(Gen<string> keys, Gen<T> values, int max) => Gen.Frequency(
        (2, Gen.Const((IReadOnlyDictionary<string, T>?)null)),
        (4, Gen.Dictionary(keys, values)[0, 3].Select(map => (IReadOnlyDictionary<string, T>?)map)),
        (1, Gen.Select(values, Mostly(Gen.Const(max), Gen.Const(max + 1)), (value, count) =>
            (IReadOnlyDictionary<string, T>?)Enumerable.Range(0, count).ToDictionary(i => $"k{i}", _ => value))));

    private static Gen<T?> Enum<T>(params T[] sound)
        where T : struct, Enum => Mostly(Gen.OneOfConst(sound).Select(value => (T?)value), Gen.OneOfConst(null, default(T), (T?)System.Enum.ToObject(typeof(T), 99)));

    private static Gen<T> Mostly<T>(Gen<T> sound, Gen<T> other) => Gen.Frequency((Often, sound), (1, other));

    private static Gen<T?> Absent<T>(Gen<T> given) => Gen.Frequency((1, Gen.Const(default(T))), (2, given.Select(value => (T?)value)));
}
