using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public sealed class CommitterTests
{
    [Fact]
    public async Task A_store_without_batches_gets_each_write_at_once()
    {
        var flow = new Flow(maxBatch: 1);
        var first = flow.Send(1);
        var second = flow.Send(2);

        Assert.Equal(2, flow.Store.CommitsAtOnce);
        flow.Release();
        await Task.WhenAll(first, second);
        Assert.All(flow.Batches, batch => Assert.Single(batch));
    }

    [Fact]
    public async Task What_waits_while_the_store_is_busy_goes_in_one_batch()
    {
        var flow = new Flow(maxBatch: 16);
        var first = flow.Send(1);
        await flow.Busy;
        var waiting = Enumerable.Range(2, 10).Select(run => flow.Send(run)).ToList();
        flow.Release();
        await Task.WhenAll([first, .. waiting]);

        Assert.Equal([[1], [.. Enumerable.Range(2, 10)]], flow.Batches);
    }

    [Fact]
    public async Task A_further_write_of_a_run_waits_for_a_later_batch_and_lets_other_runs_pass()
    {
        var flow = new Flow(maxBatch: 16);
        var first = flow.Send(9);
        await flow.Busy;
        Task<CommitResult>[] waiting = [flow.Send(1, step: 1), flow.Send(1, step: 2), flow.Send(1, step: 3), flow.Send(2)];
        flow.Release();
        await Task.WhenAll([first, .. waiting]);

        Assert.Equal([[9], [1, 2], [1], [1]], flow.Batches);
        Assert.Equal([1, 2, 3], flow.Steps(1));
    }

    [Fact]
    public Task Whatever_is_sent_each_batch_has_a_run_once_each_run_keeps_its_order_and_each_caller_gets_its_own_result() =>
        Gen.Select(Gen.Int[2, 6], Gen.Int[0, 4].Array[1, 60], Gen.Int[1, 3]).SampleAsync(
            async (maxBatch, runs, lanes) =>
            {
                var flow = new Flow(maxBatch, lanes);
                var sent = runs.Select((run, step) => flow.Send(run, step + 1)).ToList();
                flow.Release();
                var results = await Task.WhenAll(sent).WaitAsync(TestHost.Patience);

                Assert.Equal(runs.Select((_, step) => step + 1L), results.Select(result => result.Progress!.CurrentStep));
                Assert.All(runs.Distinct(), run => Assert.Equal(flow.Steps(run).Order(), flow.Steps(run)));
            },
            iter: 2_000);

    [Fact]
    public Task Of_a_batch_that_the_store_refuses_only_the_writes_that_it_cannot_take_fail() =>
        Gen.Bool.Array[1, 16].SampleAsync(
            async poisoned =>
            {
                var flow = new Flow(maxBatch: 16) { Poisoned = run => run < poisoned.Length && poisoned[run] };
                var blocking = flow.Send(99);
                await flow.Busy;
                var sent = poisoned.Select((_, run) => flow.Send(run, step: run + 1)).ToList();
                flow.Release();
                await blocking;
                for (var run = 0; run < poisoned.Length; run++)
                {
                    if (poisoned[run])
                    {
                        Assert.Equal($"poison {run}", (await Assert.ThrowsAsync<InvalidOperationException>(() => sent[run])).Message);
                    }
                    else
                    {
                        Assert.Equal(run + 1, (await sent[run]).Progress!.CurrentStep);
                    }
                }
            },
            iter: 500);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task When_the_store_does_not_answer_every_caller_of_that_flush_hears_it_and_the_next_flush_goes_on(int maxBatch)
    {
        var flow = new Flow(maxBatch);
        var first = flow.Send(1);
        await flow.Busy;
        flow.IsAway = true;
        Task<CommitResult>[] lost = [.. Enumerable.Range(2, maxBatch).Select(run => flow.Send(run))];
        flow.Release();
        Assert.All(
            await Task.WhenAll(lost.Select(task => Assert.ThrowsAsync<StoreUnavailableException>(() => task))),
            fault => Assert.Equal("away", fault.Message));
        _ = await Record.ExceptionAsync(() => first);

        flow.IsAway = false;
        Assert.Equal(CommitVerdict.Committed, (await flow.Send(2)).Verdict);
    }

    [Fact]
    public async Task When_a_part_of_the_store_does_not_answer_only_those_hear_it_whose_writes_it_has()
    {
        var flow = new Flow(maxBatch: 8);
        flow.AfterAnswer = () => flow.LastResults.Span[^1] = new CommitResult(CommitVerdict.Unknown, null, null);
        var first = flow.Send(0);
        await flow.Busy;
        Task<CommitResult>[] sent = [flow.Send(1), flow.Send(2)];
        flow.Release();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => first);
        Assert.Equal(CommitVerdict.Committed, (await sent[0]).Verdict);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => sent[1]);
        Assert.NotNull(flow.Committer.SinceHeartbeatFailed);

        flow.AfterAnswer = null;
        _ = await flow.Send(1);
        Assert.Null(flow.Committer.SinceHeartbeatFailed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_a_store_writes_after_it_was_given_up_reaches_nobody(int maxBatch)
    {
        var flow = new Flow(maxBatch) { IsAway = true };
        flow.Release();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => flow.Send(1));
        var abandoned = flow.LastResults;

        flow.IsAway = false;
        flow.BeforeAnswer = () => abandoned.Span.Fill(new CommitResult(CommitVerdict.Conflict, null, null));
        flow.AfterAnswer = flow.BeforeAnswer;
        Assert.Equal(CommitVerdict.Committed, (await flow.Send(2)).Verdict);
    }

    [Fact]
    public async Task What_waits_is_bounded_disposal_finishes_it_and_refuses_whoever_found_no_place()
    {
        const int maxBatch = 2;
        const int places = 4 * maxBatch;
        var flow = new Flow(maxBatch);
        var first = flow.Send(0);
        await flow.Busy;
        var waiting = Enumerable.Range(1, places).Select(run => flow.Send(run)).ToList();
        var beyond = Enumerable.Range(places + 1, 10).Select(run => flow.Send(run)).ToList();

        var disposal = flow.Committer.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => flow.Send(99));
        foreach (var task in beyond)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => task.WaitAsync(TestHost.Patience));
        }

        Assert.False(disposal.IsCompleted);

        flow.Release();
        await disposal.WaitAsync(TestHost.Patience);
        await Task.WhenAll([first, .. waiting]).WaitAsync(TestHost.Patience);
        Assert.Equal(places + 1, flow.Batches.Sum(batch => batch.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task After_its_disposal_it_takes_no_write(int maxBatch)
    {
        var flow = new Flow(maxBatch);
        flow.Release();
        await flow.Committer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => flow.Send(1));
        Assert.Equal(0, flow.Store.Commits);
    }

    [Fact]
    public async Task Callers_beyond_the_bound_wait_and_are_served_in_their_order()
    {
        var flow = new Flow(maxBatch: 2);
        var sent = Enumerable.Range(0, 500).Select(n => flow.Send(n % 3, step: n + 1)).ToList();
        await flow.Busy;
        flow.Release();
        await Task.WhenAll(sent).WaitAsync(TestHost.Patience);

        Assert.All(Enumerable.Range(0, 3), run => Assert.Equal(flow.Steps(run).Order(), flow.Steps(run)));
    }

    [Fact]
    public async Task Lanes_commit_at_the_same_time_and_one_run_stays_in_its_lane()
    {
        var flow = new Flow(maxBatch: 8, lanes: 2);
        var sent = Enumerable.Range(0, 64).Select(n => flow.Send(n)).ToList();
        var again = Enumerable.Range(0, 64).Select(n => flow.Send(n, step: 2)).ToList();

        await flow.Busy;
        Assert.Equal(2, flow.Store.CommitsAtOnce);
        flow.Release();
        await Task.WhenAll([.. sent, .. again]).WaitAsync(TestHost.Patience);
        Assert.All(Enumerable.Range(0, 64), run => Assert.Equal([1, 2], flow.Steps(run)));
    }

    /// <summary>A committer over a store that holds every commit until it is released, and writes down what it got.</summary>
    private sealed class Flow
    {
        private readonly TaskCompletionSource _busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<(int Run, long Step)[]> _batches = [];
        private readonly int _lanes;

        public Flow(int maxBatch, int lanes = 1)
        {
            _lanes = lanes;
            Store = new InterceptedStore(new InMemoryRunStore(new FakeTimeProvider()), maxBatch, lanes) { OnCommit = CommitAsync };
            Committer = new Committer(Store, TimeProvider.System, NullLogger<Committer>.Instance);
        }

        public InterceptedStore Store { get; }

        public Committer Committer { get; }

        public Func<int, bool> Poisoned { get; init; } = _ => false;

        public bool IsAway { get; set; }

        public Action? BeforeAnswer { get; set; }

        public Action? AfterAnswer { get; set; }

        public Memory<CommitResult> LastResults { get; private set; }

        /// <summary>Completes when the store has begun to commit.</summary>
        public Task Busy => _busy.Task.WaitAsync(TestHost.Patience);

        /// <summary>The batches that the store took, as numbers of runs.</summary>
        public int[][] Batches => [.. _batches.Select(batch => batch.Select(write => write.Run).ToArray())];

        public void Release() => _release.SetResult();

        /// <summary>The steps of a run in the order in which the store took them.</summary>
        public IEnumerable<long> Steps(int run) =>
            _batches.SelectMany(batch => batch).Where(write => write.Run == run).Select(write => write.Step);

        public async Task<CommitResult> Send(int run, long step = 1)
        {
            var heartbeat = new Heartbeat { RunId = RunId.Parse($"{run}"), Step = step };
            return await Committer.CommitAsync(new RunWrite(heartbeat.RunId, 1, new HeartbeatWrite(heartbeat, default, default), null, null));
        }

        private async ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
        {
            var batch = writes.ToArray()
                .Select(write => (Run: int.Parse(write.Run.Value, System.Globalization.CultureInfo.InvariantCulture), Step: write.Heartbeat!.Value.Heartbeat.Step!.Value))
                .ToArray();
            if (Store.CommitsAtOnce >= _lanes)
            {
                _busy.TrySetResult();
            }

            LastResults = results;
            await _release.Task;
            if (IsAway)
            {
                throw new StoreUnavailableException("away");
            }

            foreach (var (run, _) in batch.Where(write => Poisoned(write.Run)))
            {
                throw new InvalidOperationException($"poison {run}");
            }

            BeforeAnswer?.Invoke();
            for (var i = 0; i < batch.Length; i++)
            {
                results.Span[i] = new CommitResult(CommitVerdict.Committed, new RunProgress { CurrentStep = batch[i].Step }, null);
            }

            AfterAnswer?.Invoke();
            lock (_batches)
            {
                _batches.Add(batch);
            }
        }
    }
}
