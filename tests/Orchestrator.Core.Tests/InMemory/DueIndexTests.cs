using CsCheck;
using Orchestrator.Core.InMemory;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.InMemory;

/// <summary>The index of what is due, against a plain list.</summary>
public sealed class DueIndexTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(45);

    private static readonly Gen<long> Ticks = Gen.Frequency(
        (3, Gen.Long[0, 120 * TimeSpan.TicksPerSecond]), (2, Gen.Long[0, 120].Select(seconds => seconds * TimeSpan.TicksPerSecond)));

    private static readonly Gen<long?> MaybeTicks = Gen.Frequency((1, Gen.Const((long?)null)), (3, Ticks.Select(ticks => (long?)ticks)));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (3, Gen.Select(Gen.Int[0, 9], MaybeTicks, MaybeTicks, MaybeTicks, (run, at, silence, standstill) => (Step)new Put(run, at, silence, standstill))),
        (4, Gen.Select(Gen.Int[0, 9], Gen.Bool, (run, advances) => (Step)new Beat(run, advances))),
        (1, Gen.Int[0, 9].Select(run => (Step)new Drop(run))),
        (3, Ticks.Select(ticks => (Step)new Wait(ticks / 4))),
        (3, Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], (limit, bite) => (Step)new Look(limit, bite))));

    [Fact]
    public void Whatever_is_due_is_found_once_a_look_and_nothing_else() => Steps.Array[1, 60].Sample(
        steps =>
        {
            var model = new Indexed();
            foreach (var step in steps)
            {
                model.Do(step);
            }

            Assert.Equal(model.Due(), model.Look(limit: 3, bite: 2, between: null));
        },
        iter: 20_000);

    [Fact]
    public void What_is_changed_dropped_or_beats_between_pages_neither_shifts_nor_repeats_the_others() => Gen
        .Select(Steps.Array[1, 40], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2]).Array[0, 10], Gen.Int[1, 3])
        .Sample(
            (steps, between, limit) =>
            {
                var model = new Indexed();
                foreach (var step in steps)
                {
                    model.Do(step);
                }

                var before = model.Due();
                var touched = new HashSet<long>();
                var next = 0;
                var found = model.Look(limit, bite: 3, () =>
                {
                    if (next < between.Length)
                    {
                        var (run, kind) = between[next++];
                        touched.Add(run + 1);
                        model.Do(kind switch { 0 => new Beat(run, true), 1 => new Drop(run), _ => new Put(run, null, 0, null) });
                    }
                });

                Assert.Distinct(found);
                Assert.Equal(found.Order(), found);
                Assert.Equal(before.Where(run => !touched.Contains(run)), found.Where(run => !touched.Contains(run)));
                Assert.Equal(model.Due(), model.Look(limit, bite: 3, between: null));
            },
            iter: 20_000);

    [Fact]
    public void A_run_whose_moment_moves_to_an_earlier_one_is_found_at_that()
    {
        var model = new Indexed();
        model.Do(new Put(0, 100 * TimeSpan.TicksPerSecond, null, null));
        model.Do(new Put(0, 10 * TimeSpan.TicksPerSecond, null, null));
        model.Do(new Wait(10 * TimeSpan.TicksPerSecond));

        Assert.Equal([1L], model.Look(limit: 1, bite: 1, between: null));
    }

    [Fact]
    public void A_healthy_run_that_beats_is_looked_at_once_in_the_time_after_which_it_is_stale()
    {
        const int count = 100;
        const int seconds = 900;
        var index = new DueIndex();
        var runs = new (StoredRun Run, RunHead Head)[count];
        for (var i = 0; i < count; i++)
        {
            var head = Head(i) with { DueAfterSilence = StaleAfter };
            runs[i] = (Stored(head, i + 1), head);
            index.Move(runs[i].Run, head, runs[i].Run.Progress);
        }

        var looks = 0;
        for (var second = 1; second <= seconds; second++)
        {
            foreach (var (run, head) in runs)
            {
                if (second % 5 == run.Ordinal % 5)
                {
                    Report(run, head, Start.AddSeconds(second), step: 0);
                }
            }

            if (second % 5 == 0)
            {
                var before = runs.Select(pair => pair.Run.DueSecond).ToArray();
                Assert.False(index.Ripen(Start.AddSeconds(second), steps: count));
                Assert.Empty(index.Due(Start.AddSeconds(second), after: 0, limit: count));
                looks += runs.Where((pair, i) => pair.Run.DueSecond != before[i]).Count();
            }
        }

        Assert.InRange(looks, 1, count * (seconds / 40));
    }

    private static RunHead Head(int run) => new()
    {
        Id = RunId.Parse($"run-{run}"),
        ExperimentId = ExperimentId.Parse("e"),
        VersionId = VersionId.Parse("v"),
        CreatedAt = Start,
        ChangedAt = Start,
        Revision = 1,
    };

    private static StoredRun Stored(RunHead head, long ordinal)
    {
        var run = new StoredRun { Ordinal = ordinal };
        Write(run, head, null);
        return run;
    }

    private static void Report(StoredRun run, RunHead head, DateTimeOffset at, long step)
    {
        var heartbeat = new Heartbeat { RunId = head.Id, Status = RuntimeStatus.Running, Step = step };
        _ = run.Apply(new RunWrite(head.Id, head.Revision, new HeartbeatWrite(heartbeat, at, TimeSpan.Zero), null, null), new FeedLog(Start));
    }

    private static void Write(StoredRun run, RunHead head, RunProgress? progress) =>
        _ = run.Apply(new RunWrite(head.Id, 0, null, new RunChange { Head = head, Progress = progress }, null), new FeedLog(Start));

    private abstract record Step;

    /// <summary>The run is changed: due at a moment, after a silence, after a standstill.</summary>
    private sealed record Put(int Run, long? At, long? Silence, long? Standstill) : Step;

    private sealed record Beat(int Run, bool Advances) : Step;

    private sealed record Drop(int Run) : Step;

    private sealed record Wait(long Ticks) : Step;

    private sealed record Look(int Limit, int Bite) : Step;

    /// <summary>The index, and beside it the runs as they stand.</summary>
    private sealed class Indexed
    {
        private readonly DueIndex _index = new();
        private readonly SortedDictionary<int, StoredRun> _runs = [];
        private DateTimeOffset _now = Start;

        /// <summary>The runs that are due now, by their ordinals.</summary>
        public long[] Due() => [.. _runs.Values.Where(run => run.Head!.NextDue(run.Progress) <= _now).Select(run => run.Ordinal)];

        public void Do(Step step)
        {
            switch (step)
            {
                case Put put:
                    Change(put);
                    break;
                case Beat beat when _runs.TryGetValue(beat.Run, out var run):
                    Report(run, run.Head!, _now, run.Progress.CurrentStep + (beat.Advances ? 1 : 0));
                    break;
                case Drop drop when _runs.Remove(drop.Run, out var run):
                    _index.Move(run, null, run.Progress);
                    run.Drop();
                    break;
                case Wait wait:
                    _now = _now.AddTicks(wait.Ticks);
                    break;
                case Look look:
                    Assert.Equal(Due(), Look(look.Limit, look.Bite, between: null));
                    break;
            }
        }

        /// <summary>What a look finds, page by page.</summary>
        public long[] Look(int limit, int bite, Action? between)
        {
            while (_index.Ripen(_now, bite))
            {
            }

            var found = new List<long>();
            List<StoredRun> page;
            do
            {
                page = _index.Due(_now, found.Count == 0 ? 0 : found[^1], limit);
                Assert.InRange(page.Count, 0, limit);
                found.AddRange(page.Select(run => run.Ordinal));
                between?.Invoke();
            }
            while (page.Count == limit);
            return [.. found];
        }

        private void Change(Put put)
        {
            if (!_runs.TryGetValue(put.Run, out var run))
            {
                _runs[put.Run] = run = Stored(Head(put.Run), put.Run + 1);
            }

            var head = run.Head! with
            {
                LastSignAt = _now,
                DueAt = put.At is { } at ? Start.AddTicks(at) : null,
                DueAfterSilence = put.Silence is { } silence ? TimeSpan.FromTicks(silence) : null,
                DueAfterStandstill = put.Standstill is { } standstill ? TimeSpan.FromTicks(standstill) : null,
            };
            _index.Move(run, head, run.Progress);
            Write(run, head, null);
        }
    }
}
