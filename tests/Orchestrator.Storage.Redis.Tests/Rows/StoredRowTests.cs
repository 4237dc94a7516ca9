using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Redis.Shards;
using StackExchange.Redis;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Rows;

/// <summary>What lies in Redis is as another version left it, or in part.</summary>
public sealed class StoredRowTests : IAsyncLifetime
{
    private readonly RedisStoreOptions _options = new() { Prefix = $"rows:{Guid.NewGuid():N}:" };
    private readonly RedisRunStore _store;
    private readonly RedisKey _run;
    private ConnectionMultiplexer? _connection;

    public StoredRowTests()
    {
        _store = new RedisRunStore(ConfigurationOptions.Parse(Server.Node), _options, NullLoggerFactory.Instance);
        _run = new ShardMap(_options.Prefix, _options.Shards).KeyOf(Id("run"));
    }

    private IDatabase Redis => _connection!.GetDatabase();

    public async ValueTask InitializeAsync() => _connection = await ConnectionMultiplexer.ConnectAsync(Server.Node);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _connection!.DisposeAsync();
    }

    [Fact]
    public async Task A_run_of_the_first_version_lacks_what_it_did_not_have_and_takes_heartbeats_and_changes()
    {
        await _store.StoreAsync(Creation(Head("run") with { State = RunState.Running, WorkerId = "w" }));
        await MakeOldAsync();

        var head = (await _store.LoadAsync("run"))!.Head;
        Assert.Empty(head.Requires);
        Assert.Equal((null, null, null, null, default), (head.Claim, head.EarlierAttempts, head.Will, head.ResumePoint, head.CommitId));

        var beating = Beating(head, Beat(head.Id, 6, Start.AddSeconds(1)));
        Assert.Equal(CommitVerdict.Conflict, (await _store.CommitAsync(beating with { ExpectedCommit = Guid.NewGuid() })).Verdict);
        Assert.Equal(CommitVerdict.Committed, (await _store.CommitAsync(beating with { ExpectedCommit = head.CommitId })).Verdict);
        var changed = await _store.StoreAsync(Changing(head) with { ExpectedCommit = head.CommitId });
        Same.As(changed, (await _store.LoadAsync("run"))!.Head);
        Assert.Equal(["run"], Names(await _store.FindHeldAsync("w", isStarted: true)));
    }

    [Fact]
    public async Task A_head_that_a_host_of_the_first_version_made_is_known_by_the_commit_before_it()
    {
        var head = await _store.StoreAsync(Creation(Head("run")));
        await MakeOldAsync("requires", "commit_id");
        await Redis.HashIncrementAsync(_run.Append(":p"), "rev");

        Assert.Equal(head.CommitId, (await _store.LoadAsync("run"))!.Head.CommitId);
        await _store.StoreAsync(Changing(head with { Revision = 2 }) with { ExpectedCommit = head.CommitId });
    }

    [Theory]
    [InlineData("")]
    [InlineData(":p")]
    public async Task A_due_run_of_which_the_server_has_lost_a_part_holds_up_no_other(string part)
    {
        await _store.StoreAsync(new[] { "run", "other" }.Select(id => Creation(Head(id) with { DueAt = Start })));
        Assert.Equal(2, (await _store.FindDueAsync(Start)).Count);
        await Redis.KeyDeleteAsync(_run.Append(part));

        Assert.Equal(["other"], Names((await _store.FindDueAsync(Start)).Select(view => view.Head)));
        Assert.Null(await _store.LoadAsync("run"));
    }

    [Fact]
    public async Task A_counter_that_the_scripts_cannot_tell_from_its_neighbours_is_refused()
    {
        var head = await _store.StoreAsync(Creation(Head("run")));
        var beat = Beat(head.Id, 1L << 53, Start);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _store.CommitAsync(Beating(head, beat)));

        Same.As(new RunView(head, RunProgress.None, []), await _store.LoadAsync("run"));
        Assert.Equal(CommitVerdict.Committed, (await _store.CommitAsync(Beating(head, Beat(head.Id, (1L << 53) - 1, Start)))).Verdict);
    }

    /// <summary>Takes from the run what the first version does not write.</summary>
    private async Task MakeOldAsync(params string[] members)
    {
        var head = JsonNode.Parse((await Redis.HashGetAsync(_run, "head")).ToString())!.AsObject();
        foreach (var member in members.Length > 0 ? members : ["requires", "claim", "earlier_attempts", "will", "resume_point", "commit_id"])
        {
            head.Remove(member);
        }

        await Redis.HashSetAsync(_run, "head", head.ToJsonString());
        if (members.Length == 0)
        {
            await Redis.HashDeleteAsync(_run, "started");
            await Redis.HashDeleteAsync(_run.Append(":p"), ["com", "cs"]);
        }
    }
}
