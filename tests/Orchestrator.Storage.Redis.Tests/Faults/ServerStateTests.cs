using System.Net;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Redis.Tests.Faults.Servers;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>The server runs, and does not do what it is told for a while.</summary>
[Collection(OwnServer.Name)]
public sealed class ServerStateTests(RedisNode node)
{
    private const string Run = """{"id":"http","experiment_id":"faults","version_id":"v1"}""";

    // How each state begins and ends.
    private static readonly Dictionary<string, (string[] Begin, string[] End)> States = new()
    {
        ["a replica"] = (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        ["a replica that has lost its master"] = (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        ["out of memory"] = (["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
        ["without replicas"] = (["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]),
    };

    public static TheoryData<string> Names => [.. States.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_server_that_takes_no_writes_refuses_them_until_it_does(string state)
    {
        await using var space = node.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 1);
        var store = space.OpenStore();
        var head = await store.StoreAsync(Creation(Head("r1")));
        var (begin, end) = States[state];
        try
        {
            await node.DoAsync("CONFIG", "SET", "replica-serve-stale-data", state.Contains("lost", StringComparison.Ordinal) ? "no" : "yes");
            await node.DoAsync(begin);

            await RefusedAsync(store, head);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.TryCallAsync(0, HttpMethod.Post, "runs", Run))!.Status);
        }
        finally
        {
            await node.DoAsync(end);
        }

        await ServesAsync(store, head);
        Assert.Equal(HttpStatusCode.Created, (await fleet.CallAsync(HttpMethod.Post, "runs", Run)).Status);
    }

    [Fact]
    public async Task What_a_server_answers_later_than_callers_wait_is_unknown_to_them_and_done_once()
    {
        await using var space = node.NewSpace();
        var store = space.OpenStore();
        var head = await store.StoreAsync(Creation(Head("r1")));
        var beating = Beating(head, Beat(head.Id, 5, Start, beat: 1));
        await node.SuspendAsync();
        try
        {
            var calls = new Func<Task>[] { () => store.CommitAsync(beating), () => store.CommitAsync(Creation(Head("r2"))) };
            await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<StoreUnavailableException>(call))).WaitAsync(Eventually.Patience);
        }
        finally
        {
            await node.ResumeAsync();
        }

        await IsServedAsync(store);
        await store.CommitAsync([beating, Creation(Head("r2"))]);
        var view = (await store.LoadAsync("r1"))!;
        Assert.Equal((1, 5), (view.Progress.Heartbeats, view.Progress.CurrentStep));
        Assert.Equal(1, (await store.LoadAsync("r2"))!.Head.Revision);
    }

    [Fact]
    public async Task A_server_that_loads_what_it_had_written_refuses_calls_until_it_has()
    {
        await using var space = node.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 1);
        var store = space.OpenStore();
        var head = await store.StoreAsync(Creation(Head("r1")));
        await node.DoAsync("CONFIG", "SET", "key-load-delay", "2000");
        await node.TellAsync("DEBUG", "POPULATE", "10000", "filler");
        await node.DoAsync("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
        var isLoading = node.TellAsync("DEBUG", "RELOAD");
        await Eventually.HoldsAsync("the server loads", async () => (await node.TellAsync("GET", "any")).Contains("LOADING", StringComparison.Ordinal));

        await RefusedAsync(store, head);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.TryCallAsync(0, HttpMethod.Post, "runs", Run))!.Status);

        await node.DoAsync("CONFIG", "SET", "key-load-delay", "0");
        Assert.Equal("OK", await isLoading);
        await ServesAsync(store, head);
        Assert.Equal(HttpStatusCode.Created, (await fleet.CallAsync(HttpMethod.Post, "runs", Run)).Status);
    }

    [Fact]
    public async Task Changes_that_replicas_are_to_have_are_refused_while_the_server_is_away()
    {
        await using var space = new RedisFaultSpace(node.Configuration, options => options.WaitForReplicas = 1);
        var store = space.OpenStore();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Creation(Head("r1"))));

        await node.StopAtOnceAsync();
        try
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Changing(Head("r1"))));
        }
        finally
        {
            await node.StartAsync();
        }

        await IsServedAsync(store);
        Assert.Equal(1, (await store.LoadAsync("r1"))!.Head.Revision);
    }

    private static async Task RefusedAsync(IRunStore store, RunHead head)
    {
        var calls = new Func<Task>[]
        {
            () => store.CommitAsync(Creation(Head("r2"), key: "k2").Telling(1)),
            () => store.CommitAsync(Changing(head).Telling(1)),
            () => store.CommitAsync(Beating(head, Beat(head.Id, 5, Start, beat: 1))),
            async () => await store.TryWriteNoteAsync("n1", "one", 0, null),
        };
        await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<StoreUnavailableException>(call)));
    }

    /// <summary>Nothing of what was refused is there, and the same is taken now.</summary>
    private static async Task ServesAsync(IRunStore store, RunHead head)
    {
        await IsServedAsync(store);
        var view = (await store.LoadAsync("r1"))!;
        Assert.Equal((1, head.Revision), (view.Progress.Heartbeats <= 1 ? 1 : 0, view.Head.Revision));
        Assert.Empty(await store.ReadWholeFeedAsync());
        await store.StoreAsync(Changing(head).Telling(1));
        await store.StoreAsync(Creation(Head("r2"), key: "k2"));
        Assert.True(await store.TryWriteNoteAsync("n1", "two", 0, null));
    }

    private static Task IsServedAsync(IRunStore store) => Eventually.HoldsAsync("the store is served again", async () =>
    {
        try
        {
            return await store.GetTimeAsync(CancellationToken.None) > default(DateTimeOffset);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    });
}
