using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>What becomes of a commit: its reply arrives, it never reaches the store, or it is executed and its reply is lost.</summary>
internal enum Cut
{
    None,
    BeforeIt,
    AfterIt,
}

/// <summary>The life of a run with every call that changes one; each is sent again, as it was, until it is answered.</summary>
internal static class Script
{
    /// <summary>Plays the script over a store with these cuts, one a commit.</summary>
    /// <returns>Everything that the store then holds, as text that compares.</returns>
    public static async Task<string> RunAsync(int maxBatch, IReadOnlyList<Cut> cuts)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var store = new InterceptedStore(new InMemoryRunStore(time), maxBatch);
        await using var host = new TestHost(store, time);
        var commits = 0;
        store.OnCommit = async (writes, results) =>
        {
            var cut = commits < cuts.Count ? cuts[commits++] : Cut.None;
            if (cut != Cut.BeforeIt)
            {
                await store.Inner.CommitAsync(writes, results);
            }

            if (cut != Cut.None)
            {
                throw new StoreUnavailableException();
            }
        };

        var named = await SendAsync(() => host.Runs.CreateAsync(TestHost.NewRun("named"), null));
        var keyed = await SendAsync(() => host.Runs.CreateAsync(TestHost.NewRun(priority: 1), Key("create")));
        var claimed = await SendAsync(() => host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "one" }, Key("first-claim")));
        Assert.Equal(keyed.Value.Id, claimed.Value!.Id);
        claimed = await SendAsync(() => host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "two" }, Key("claim")));
        var run = claimed.Value!.Id;
        Assert.Equal(named.Value.Id, run);

        var beat = TestHost.Beat(run, 1) with { Attempt = 1, Beat = 1 };
        _ = await SendAsync(() => host.Heartbeats.ReportAsync(run, beat));
        time.Advance(TimeSpan.FromSeconds(5));
        _ = await SendAsync(() => host.Heartbeats.ReportAsync(run, beat with { Step = 2, Beat = 2 }));
        var pause = await SendAsync(() => host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada) with { Id = CommandId.Parse("pause") }));
        _ = await SendAsync(() => host.Commands.AcknowledgeAsync(run, pause.Value.Id, new Acknowledgement()));
        var tune = NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", 0.1));
        var tuned = await SendAsync(() => host.Commands.EnqueueAsync(run, tune, Key("tune")));
        _ = await SendAsync(() => host.Commands.AcknowledgeAsync(run, tuned.Value.Id, new Acknowledgement { Step = 2 }, Key("ack")));
        _ = await SendAsync(() => host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = TestHost.Ada }));
        _ = await SendAsync(() => host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada, ResumeFrom = new(1, 0) }, Key("attempt")));
        _ = await SendAsync(() => host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough"), Key("terminate")));
        _ = await SendAsync(() => host.Runs.TransitionAsync(keyed.Value.Id, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada }, Key("fail")));
        return await ShowAsync(store, named.Value.Id) + await ShowAsync(store, keyed.Value.Id);
    }

    private static async Task<T> SendAsync<T>(Func<ValueTask<Result<T>>> call)
    {
        while (true)
        {
            if ((await call()).TryGet(out var answer, out var refusal))
            {
                return answer;
            }

            Assert.Equal(RefusalCode.StoreUnavailable, refusal.Code);
        }
    }

    private static CallContext Key(string key) => new() { IdempotencyKey = key };

    private static async Task<string> ShowAsync(IRunStore store, RunId run)
    {
        var record = await RunRecord.ReadAsync(store, run);
        IEnumerable<object> lines =
        [
            RunFacts.Of(new Run(record.View.Head, record.View.Progress)),
            record.View.Head.Revision,
            .. record.Transitions,
            .. record.Commands.Select(CommandFacts.Of),
            .. record.Events.Select(told => (told.Sequence, told.Type, told.Time)),
            .. record.Audit,
        ];
        return string.Join('\n', lines);
    }
}
