using System.Text.Json;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public abstract partial class RunStoreTests
{
    [Fact]
    public async Task A_run_is_created_once_and_read_back_whole()
    {
        var store = CreateStore();
        var head = Head("run", 3, ("gpu", "a100"));
        Assert.Equal(CommitVerdict.Committed, (await CommitAsync(store, Creation(head))).Verdict);
        var second = await CommitAsync(store, Creation(head with { Priority = 4 }));

        Assert.Equal(CommitVerdict.Conflict, second.Verdict);
        Assert.Equal(head, second.Current?.Head);
        var view = await LoadAsync(store, "run");
        Assert.Equal((head, RunProgress.None), (view!.Head, view.Progress));
        Assert.Empty(view.Live);
    }

    [Fact]
    public async Task A_write_to_a_run_that_does_not_exist_conflicts_with_nothing()
    {
        var store = CreateStore();
        var head = Head("run");
        Assert.Equal(new CommitResult(CommitVerdict.Conflict, null, null), await CommitAsync(store, Changing(head)));
        Assert.Equal(
            new CommitResult(CommitVerdict.Conflict, null, null), await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, 1, Start), null, null)));
        Assert.Null(await LoadAsync(store, "run"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task A_change_that_expects_another_revision_conflicts_and_stores_nothing_of_it(int off)
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        head = await StoreAsync(store, Changing(head, h => h with { State = RunState.Running }));
        var stale = head with { Revision = head.Revision + off };
        var command = Command(head.Id, 1);
        var write = Changing(stale, h => h with { State = RunState.Failed }, change => change with
        {
            Progress = new RunProgress { CurrentStep = 9 },
            Transitions = [new StateTransition(3, RunState.Running, RunState.Failed, "ada", null, 1, Start)],
            Commands = [command],
            Events = [new RunEvent(9, EventType.CommandQueued, Start, head.Id, 1, new CommandData(command))],
            Idempotency = new IdempotencyRecord("key", "hash", null),
        });

        var result = await CommitAsync(store, write);

        Assert.Equal((CommitVerdict.Conflict, head), (result.Verdict, result.Current?.Head));
        var view = await LoadAsync(store, "run", command: "c1", key: "key");
        Assert.Equal((head, RunProgress.None, null, null), (view!.Head, view.Progress, view.Command, view.Idempotency));
        Assert.Empty(view.Live);
        Assert.Empty(await store.ReadTransitionsAsync(head.Id, 0, 10, CancellationToken.None));
        Assert.Empty(await store.ReadEventsAsync(head.Id, 0, 10, CancellationToken.None));
        Assert.Null(await store.FindByKeyAsync("key", CancellationToken.None));
    }

    [Fact]
    public async Task A_change_that_expects_other_progress_conflicts_and_brings_the_run_as_it_stands()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        _ = await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, 5, Start), null, null));

        var stale = await CommitAsync(store, Changing(head, expectedHeartbeats: 0));
        Assert.Equal((CommitVerdict.Conflict, 5, 1), (stale.Verdict, stale.Current!.Progress.CurrentStep, stale.Current.Progress.Heartbeats));
        Assert.Equal(CommitVerdict.Committed, (await CommitAsync(store, Changing(head, expectedHeartbeats: 1))).Verdict);
    }

    [Theory]
    [InlineData(4, 10, 5, false)]
    [InlineData(5, 10, 4, false)]
    [InlineData(5, 4, 5, false)]
    [InlineData(5, -1, 5, false)]
    [InlineData(5, 10, 5, true)]
    public async Task A_heartbeat_is_taken_only_when_step_beat_and_time_go_on(long step, int afterSeconds, long beat, bool taken)
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        var throttle = TimeSpan.FromSeconds(5);
        _ = await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, 5, Start, throttle, beat: 4), null, null));

        var at = Start.AddSeconds(afterSeconds);
        var result = await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, step, at, throttle, beat), null, null));

        var progress = (await LoadAsync(store, "run"))!.Progress;
        Assert.Equal(taken ? CommitVerdict.Committed : CommitVerdict.Conflict, result.Verdict);
        Assert.Equal(taken ? progress : null, result.Progress);
        Assert.Equal(taken ? (2, at) : (1, Start), (progress.Heartbeats, progress.LastHeartbeatAt!.Value));
    }

    [Fact]
    public async Task A_heartbeat_that_is_refused_takes_its_change_with_it()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        _ = await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, 5, Start), null, null));

        var write = Changing(head, h => h with { State = RunState.Running }) with { Heartbeat = Beat(head.Id, 4, Start) };
        Assert.Equal(CommitVerdict.Conflict, (await CommitAsync(store, write)).Verdict);
        Assert.Equal(head, (await LoadAsync(store, "run"))!.Head);
    }

    [Fact]
    public async Task A_heartbeat_is_applied_to_the_progress_that_the_store_holds_and_keeps_what_it_does_not_report()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        var full = Beat(head.Id, 5, Start, beat: 3).Heartbeat with
        {
            CheckpointVersion = 2,
            CheckpointUri = "s3://c",
            Notes = "warm",
            Metrics = new Dictionary<string, double> { ["kl"] = 1 },
        };
        _ = await CommitAsync(store, new RunWrite(head.Id, 1, new HeartbeatWrite(full, Start, default), null, null));
        var bare = new Heartbeat { RunId = head.Id, Step = 6 };
        var result = await CommitAsync(store, new RunWrite(head.Id, 1, new HeartbeatWrite(bare, Start.AddSeconds(1), default), null, null));

        var progress = (await LoadAsync(store, "run"))!.Progress;
        Assert.Equal(result.Progress, progress);
        Assert.Equal(full.Metrics, progress.Metrics!);
        Assert.Equal(
            (RuntimeStatus.Running, 3, 6, 2, "s3://c", "warm", 2, Start.AddSeconds(1)),
            (progress.Status!.Value, progress.Beat!.Value, progress.CurrentStep, progress.CheckpointVersion, progress.CheckpointUri, progress.StatusMessage, progress.Heartbeats, progress.LastHeartbeatAt!.Value));
        Assert.Equal(1, (await LoadAsync(store, "run"))!.Head.Revision);
    }

    [Fact]
    public async Task The_progress_of_a_change_takes_the_place_of_the_heartbeat()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        var progress = new RunProgress { CurrentStep = 1, Heartbeats = 8 };
        var result = await CommitAsync(
            store, Changing(head, with: change => change with { Progress = progress }) with { Heartbeat = Beat(head.Id, 5, Start) });
        Assert.Equal(progress, result.Progress);
        Assert.Equal(progress, (await LoadAsync(store, "run"))!.Progress);
    }

    [Fact]
    public async Task A_key_that_the_store_holds_for_whichever_run_is_a_duplicate()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run"), key: "one"));
        var other = await StoreAsync(store, Creation(Head("other")));
        static RunChange Keyed(RunChange change) => change with { Idempotency = new IdempotencyRecord("one", "hash", null) };

        Assert.Equal(CommitVerdict.Duplicate, (await CommitAsync(store, Changing(head, with: Keyed))).Verdict);
        Assert.Equal(CommitVerdict.Duplicate, (await CommitAsync(store, Changing(other, with: Keyed))).Verdict);
        Assert.Equal(CommitVerdict.Duplicate, (await CommitAsync(store, Creation(Head("third"), key: "one"))).Verdict);
        Assert.Equal((head, other, null), ((await LoadAsync(store, "run"))!.Head, (await LoadAsync(store, "other"))!.Head, await LoadAsync(store, "third")));
        Assert.Equal(head.Id, await store.FindByKeyAsync("one", CancellationToken.None));
        Assert.Null(await store.FindByKeyAsync("two", CancellationToken.None));
        Assert.Equal("hash", (await LoadAsync(store, "run", key: "one"))!.Idempotency?.RequestHash);
        Assert.Null((await LoadAsync(store, "other", key: "one"))!.Idempotency);
    }

    [Fact]
    public async Task Writes_of_one_batch_are_independent_and_their_verdicts_stand_in_their_order()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run"), key: "key"));
        var stale = await StoreAsync(store, Creation(Head("stale")));
        RunWrite[] writes = [Changing(stale with { Revision = 7 }), Creation(Head("new")), Creation(Head("late"), key: "key"), Changing(head)];

        var results = new CommitResult[writes.Length];
        for (var i = 0; i < writes.Length; i += store.Traits.MaxBatch)
        {
            var count = Math.Min(store.Traits.MaxBatch, writes.Length - i);
            await store.CommitAsync(writes.AsMemory(i, count), results.AsMemory(i, count));
        }

        Assert.Equal(
            [CommitVerdict.Conflict, CommitVerdict.Committed, CommitVerdict.Duplicate, CommitVerdict.Committed],
            results.Select(result => result.Verdict));
        Assert.Equal((1, 2), ((await LoadAsync(store, "new"))!.Head.Revision, (await LoadAsync(store, "run"))!.Head.Revision));
    }

    public static TheoryData<double> OddNumbers => [double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, -0.0, 0.1];

    [Theory]
    [MemberData(nameof(OddNumbers))]
    public async Task Odd_numbers_read_back_as_they_were(double number)
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        var heartbeat = Beat(head.Id, 9_007_199_254_740_991, Start, beat: long.MaxValue).Heartbeat with
        {
            Loss = number,
            SamplesPerSec = number,
            CheckpointVersion = 9_007_199_254_740_991,
            Metrics = new Dictionary<string, double> { ["größe"] = number },
        };
        _ = await CommitAsync(store, new RunWrite(head.Id, 1, new HeartbeatWrite(heartbeat, Start, default), null, null));

        var progress = (await LoadAsync(store, "run"))!.Progress;
        Assert.Equal(9_007_199_254_740_991, progress.CurrentStep);
        Assert.Equal(9_007_199_254_740_991, progress.CheckpointVersion);
        Assert.Equal(long.MaxValue, progress.Beat);
        long[] bits = [.. new[] { progress.Loss!.Value, progress.SamplesPerSec!.Value, progress.Metrics!["größe"] }.Select(BitConverter.DoubleToInt64Bits)];
        Assert.All(bits, value => Assert.Equal(BitConverter.DoubleToInt64Bits(number), value));
    }

    [Fact]
    public async Task A_large_manifest_and_text_beyond_ascii_read_back_as_they_were()
    {
        var store = CreateStore();
        var large = JsonElement.Parse($$"""{"text":"{{new string('é', 120_000)}}","number":1.10000000000000000000000000000000001e400,"deep":[[[{"a":null}]]]}""");
        var head = Head("run", int.MinValue, ("größe", "😂 \u2028 \"'\\")) with { CreatedBy = "Ünïcødé 名前" };
        await StoreAsync(store, Creation(head, new RunManifest(large, JsonElement.Parse("{}"u8))));

        var view = (await LoadAsync(store, "run", manifest: true))!;
        Assert.True(JsonElement.DeepEquals(large, view.Manifest!.LaunchManifest));
        Assert.Equal(large.GetProperty("number").GetRawText(), view.Manifest.LaunchManifest.GetProperty("number").GetRawText());
        Assert.Equal(head.Labels, view.Head.Labels);
        Assert.Equal((head.CreatedBy, int.MinValue), (view.Head.CreatedBy, view.Head.Priority));
        Assert.Null((await LoadAsync(store, "run"))!.Manifest);
    }
}
