namespace Orchestrator.Storage.Conformance;

/// <summary>A heartbeat is taken as <see cref="HeartbeatWrite.IsAcceptedBy"/> says and stored as <see cref="Heartbeat.ApplyTo"/> says.</summary>
public abstract class HeartbeatSuite(IStoreFactory stores) : StoreSuite(stores)
{
    private static readonly TimeSpan Throttle = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(4, 10, 5, false)]
    [InlineData(5, 10, 4, false)]
    [InlineData(5, 10, 3, false)]
    [InlineData(5, -1, 5, false)]
    [InlineData(5, 4, 5, false)]
    [InlineData(5, 5, 5, true)]
    [InlineData(6, 10, 5, true)]
    [InlineData(6, 10, null, true)]
    public async Task A_heartbeat_is_taken_only_when_step_beat_and_time_go_on(long step, int afterSeconds, int? beat, bool taken)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, Throttle, beat: 4)));

        var result = await Store.CommitAsync(Beating(head, Beat(head.Id, step, Start.AddSeconds(afterSeconds), Throttle, beat)));

        var progress = (await Store.LoadAsync("run"))!.Progress;
        Assert.Equal(taken ? CommitVerdict.Committed : CommitVerdict.Conflict, result.Verdict);
        Same.As(progress, taken ? result.Progress : result.Current!.Progress);
        Assert.Equal(taken ? (2, Start.AddSeconds(afterSeconds)) : (1, Start), (progress.Heartbeats, progress.LastHeartbeatAt!.Value));
    }

    [Fact]
    public async Task A_heartbeat_with_another_status_is_not_throttled()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, Throttle)));
        var paused = Beat(head.Id, 5, Start.AddSeconds(1), Throttle);
        paused = paused with { Heartbeat = paused.Heartbeat with { Status = RuntimeStatus.Paused } };

        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Beating(head, paused))).Verdict);
        Assert.Equal(CommitVerdict.Conflict, (await Store.CommitAsync(Beating(head, paused with { At = Start.AddSeconds(2) }))).Verdict);
    }

    [Fact]
    public async Task A_heartbeat_is_applied_to_the_progress_that_the_store_holds_and_keeps_what_it_does_not_report()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var full = Beat(head.Id, 5, Start, beat: 3).Heartbeat with
        {
            CheckpointVersion = 2,
            CheckpointUri = "s3://c",
            Notes = "warm",
            Metrics = new Dictionary<string, double> { ["kl"] = 1 },
        };
        var bare = new Heartbeat { RunId = head.Id, Step = 6 };
        await Store.CommitAsync(Beating(head, new HeartbeatWrite(full, Start, default)));
        var result = await Store.CommitAsync(Beating(head, new HeartbeatWrite(bare, Start.AddSeconds(1), default)));

        var expected = bare.ApplyTo(full.ApplyTo(RunProgress.None, Start), Start.AddSeconds(1));
        Same.As(expected, result.Progress);
        Same.As(new RunView(head, expected, []), await Store.LoadAsync("run"));
    }

    [Fact]
    public async Task A_heartbeat_replaces_the_metrics_whole()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        foreach (var metrics in new[] { new Dictionary<string, double> { ["a"] = 1, ["b"] = 2 }, new() { ["b"] = 3 }, new() })
        {
            await Store.CommitAsync(Beating(head, new HeartbeatWrite(new Heartbeat { RunId = head.Id, Metrics = metrics }, Start, default)));
            Same.As(metrics, (await Store.LoadAsync("run"))!.Progress.Metrics);
        }
    }

    [Fact]
    public async Task A_heartbeat_comes_with_a_change()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var beat = Beat(head.Id, 5, Start);
        var write = Changing(head, h => h with { State = RunState.Running }) with { Heartbeat = beat };

        var result = await Store.CommitAsync(write);

        var expected = beat.Heartbeat.ApplyTo(RunProgress.None, Start);
        Same.As(expected, result.Progress);
        Same.As(new RunView(write.Change!.Head, expected, []), await Store.LoadAsync("run"));
    }

    [Fact]
    public async Task The_progress_of_a_change_takes_the_place_of_the_heartbeat()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 4, Start)));
        var progress = new RunProgress { CurrentStep = 1, Heartbeats = 8 };

        var result = await Store.CommitAsync(Changing(head, with: change => change with { Progress = progress }) with { Heartbeat = Beat(head.Id, 5, Start) });

        Same.As(progress, result.Progress);
        Same.As(progress, (await Store.LoadAsync("run"))!.Progress);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_measure_that_is_not_reported_is_none(bool changes)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));
        var silent = Beat(head.Id, 6, Start.AddSeconds(1));
        silent = silent with { Heartbeat = silent.Heartbeat with { Loss = null, SamplesPerSec = null } };

        var result = await Store.CommitAsync(changes ? Changing(head) with { Heartbeat = silent } : Beating(head, silent));

        var progress = (await Store.LoadAsync("run"))!.Progress;
        Same.As(progress, result.Progress);
        Assert.Equal((6, null, null), (progress.CurrentStep, progress.Loss, progress.SamplesPerSec));
    }

    [Theory]
    [InlineData(1, "s3://new", 8, "s3://new")]
    [InlineData(1, null, 8, null)]
    [InlineData(0, "s3://new", 5, "s3://new")]
    [InlineData(0, null, 5, "s3://old")]
    public async Task A_checkpoint_has_the_step_of_the_heartbeat_that_raised_it_and_its_own_place(int raised, string? uri, long step, string? place)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        foreach (var (at, version, where) in new[] { (5, 1, "s3://old"), (8, 1 + raised, uri) })
        {
            var beat = Beat(head.Id, at, Start.AddSeconds(at));
            beat = beat with { Heartbeat = beat.Heartbeat with { CheckpointVersion = version, CheckpointUri = where } };
            Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Beating(head, beat))).Verdict);
        }

        var progress = (await Store.LoadAsync("run"))!.Progress;
        Assert.Equal((1 + raised, step, place), (progress.CheckpointVersion, progress.CheckpointStep, progress.CheckpointUri));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public async Task Whatever_is_reported_on_whichever_progress_is_judged_and_applied_by_the_port(int seed, bool changes)
    {
        const int runs = 150, rounds = 3;
        var random = new Random(seed);
        var progress = Enumerable.Range(0, runs).Select(_ => RandomProgress(random)).ToArray();
        var heads = Enumerable.Range(0, runs).Select(run => Head($"run-{run}")).ToArray();
        await Store.StoreAsync(heads.Select((head, run) => Creation(head, progress: progress[run])));
        for (var round = 0; round < rounds; round++)
        {
            var beats = heads.Select((head, run) => RandomBeat(random, head.Id, progress[run])).ToArray();

            var writes = heads.Zip(beats, (head, beat) => changes ? Changing(head) with { Heartbeat = beat } : Beating(head, beat)).ToArray();
            var results = await Store.CommitAsync(writes);

            for (var run = 0; run < runs; run++)
            {
                var isAccepted = beats[run].IsAcceptedBy(progress[run]);
                var context = $"{beats[run]} on {Same.Describe(progress[run])}";
                Assert.True((results[run].Verdict == CommitVerdict.Committed) == isAccepted, context);
                progress[run] = isAccepted ? beats[run].Heartbeat.ApplyTo(progress[run], beats[run].At) : progress[run];
                Same.As(progress[run], isAccepted ? results[run].Progress : results[run].Current!.Progress);
                heads[run] = isAccepted && writes[run].Change is { } change ? change.Head : heads[run];
            }
        }

        var views = new RunView?[runs];
        await Store.LoadAsync(heads.Select(head => new RunLookup(head.Id)).ToArray(), views, CancellationToken.None);
        Same.As(progress, views.Select(view => view!.Progress));
    }

    private static RunProgress RandomProgress(Random random) => new()
    {
        Status = Maybe(random, () => (RuntimeStatus)random.Next(1, 5)),
        LastHeartbeatAt = Maybe(random, () => Start.AddSeconds(random.Next(5))),
        AdvancedAt = Maybe(random, () => Start.AddSeconds(random.Next(5))),
        Beat = Maybe(random, () => (long)random.Next(4)),
        CurrentStep = random.Next(3),
        SamplesPerSec = Maybe(random, random.NextDouble),
        Loss = Maybe(random, () => double.NaN),
        CheckpointVersion = random.Next(3),
        CheckpointStep = random.Next(3),
        CheckpointUri = random.Next(2) == 0 ? null : "s3://old",
        Metrics = random.Next(2) == 0 ? null : new Dictionary<string, double> { ["old"] = 1 },
        StatusMessage = random.Next(2) == 0 ? null : "old",
        Heartbeats = random.Next(100),
    };

    private static HeartbeatWrite RandomBeat(Random random, RunId run, RunProgress stored) => new(
        new Heartbeat
        {
            RunId = run,
            Status = Maybe(random, () => (RuntimeStatus)random.Next(1, 5)),
            Step = Maybe(random, () => stored.CurrentStep + random.Next(-1, 3)),
            SamplesPerSec = Maybe(random, () => double.PositiveInfinity),
            Loss = Maybe(random, random.NextDouble),
            CheckpointVersion = Maybe(random, () => stored.CheckpointVersion + random.Next(-1, 3)),
            CheckpointUri = random.Next(2) == 0 ? null : "s3://new",
            Notes = random.Next(2) == 0 ? null : "",
            Beat = Maybe(random, () => (stored.Beat ?? 0) + random.Next(-1, 3)),
            Metrics = random.Next(2) == 0 ? null : new Dictionary<string, double> { ["new"] = double.NegativeInfinity },
        },
        (stored.LastHeartbeatAt ?? Start).AddMicroseconds(random.Next(-1, 3)),
        TimeSpan.FromMicroseconds(random.Next(3)));

    private static T? Maybe<T>(Random random, Func<T> make)
        where T : struct => random.Next(4) == 0 ? null : make();
}
