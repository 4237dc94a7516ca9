using Orchestrator.Storage;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>A store that is out of reach: contract section 8.</summary>
public sealed class StoreUnavailableTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Operations => [.. SampleRequests.ByOperation.Keys.Where(operation => operation != "reportHeartbeats")];

    public static TheoryData<string> Writes => ["createRun", "claimRun", "moveRun", "startAttempt", "reportHeartbeat", "sendCommand", "nextCommand", "acknowledgeCommand"];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Every_endpoint_is_503_with_Retry_After_and_tells_nothing_of_the_store(string operation)
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        store.Fails = IsCall;

        var reply = (await SampleRequests.ByOperation[operation].SendAsync(host)).Refused(503, "store_unavailable");

        Assert.Equal("1", reply.Headers["Retry-After"]);
        Assert.DoesNotContain("Password", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
        Assert.Empty(host.Logs.Errors);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Every_endpoint_whose_statement_the_store_refuses_as_wrong_is_503_without_Retry_After_and_one_logged_error(string operation)
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        (store.Fails, store.IsTransient) = (IsCall, false);

        for (var call = 1; call <= 3; call++)
        {
            var reply = (await SampleRequests.ByOperation[operation].SendAsync(host)).Refused(503, "store_unavailable");

            Assert.False(reply.Headers.ContainsKey("Retry-After"));
            Assert.DoesNotContain("Password", reply.Body, StringComparison.Ordinal);
        }

        Assert.Contains("refuses a statement", Assert.Single(host.Logs.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Every_endpoint_of_a_host_that_never_reached_its_store_is_503_with_Retry_After(string operation)
    {
        await using var host = await TestHost.StartAsync(
            build: builder => FaultyStore.Use(builder, store => store.Fails = IsCall), isSwept: false);

        var reply = (await SampleRequests.ByOperation[operation].SendAsync(host)).Refused(503, "store_unavailable");

        Assert.Equal("1", reply.Headers["Retry-After"]);
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_commit_that_is_not_answered_is_503_and_the_same_request_succeeds_later(string operation)
    {
        var (host, store) = await StartAsync();
        await using var _ = host;

        store.Fails = member => member == nameof(IRunStore.CommitAsync);
        (await SampleRequests.ByOperation[operation].SendAsync(host)).Refused(503, "store_unavailable");
        store.Fails = _ => false;

        Assert.InRange((await SampleRequests.ByOperation[operation].SendAsync(host)).Status, 200, 202);
        Assert.Empty(host.Logs.Errors);
    }

    [Fact]
    public async Task A_tolerant_host_answers_202_to_a_heartbeat_without_a_beat()
    {
        await using var host = await TestHost.StartAsync(
            options => options.Heartbeats.Tolerant = true, build: builder => FaultyStore.Use(builder, store => store.Fails = IsCall), isSwept: false);

        Assert.Equal("""{"stored":false,"code":"store_unavailable","retry_after":1}""", (await host.BeatAsync()).Is(202).Body);
        (await host.BeatAsync("r1", ("beat", "1"))).Refused(503, "store_unavailable");
    }

    [Fact]
    public async Task A_batch_is_200_with_a_503_for_each_item()
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        store.Fails = IsCall;

        var results = (await SampleRequests.ByOperation["reportHeartbeats"].SendAsync(host)).Is(200)["results"].EnumerateArray();

        Assert.All(results, result => Assert.Equal(503, result.GetProperty("status").GetInt32()));
        Assert.All(results, result => Assert.Equal("store_unavailable", result.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_poll_that_waits_is_503_when_the_store_is_lost()
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        (await host.NextAsync()).Is(200);
        var poll = host.NextAsync("?wait=60");
        await host.Parked.AreAsync(1);

        store.Fails = IsCall;

        (await host.PassTimeUntilAsync(poll)).Refused(503, "store_unavailable");
    }

    [Fact]
    public async Task A_poll_that_waits_outlasts_an_outage()
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        (await host.NextAsync()).Is(200);
        var poll = host.NextAsync("?wait=60");
        await host.Parked.AreAsync(1);

        await host.PassTimeUntilAsync(MeetOutageAsync(store, nameof(IRunStore.CommitAsync)), Patience);
        store.Fails = _ => false;

        (await host.PassTimeUntilAsync(poll)).Is(200);
    }

    [Fact]
    public async Task A_claim_that_waits_outlasts_an_outage()
    {
        var (host, store) = await StartAsync();
        await using var _ = host;
        var claim = host.ClaimAsync("w9", ""","labels":{"team":"late"},"wait":60""");
        await host.Parked.AreAsync(1);

        var outage = MeetOutageAsync(store, nameof(IRunStore.FindQueuedAsync));
        await host.CreateRunAsync("late", ""","labels":{"team":"late"}""");
        await outage.WaitAsync(Patience);
        store.Fails = _ => false;

        Assert.Equal("late", (await host.PassTimeUntilAsync(claim)).Is(200)["run"].GetProperty("id").GetString());
    }

    /// <summary>Lets one member of the port fail from now on.</summary>
    /// <returns>Done when it has failed.</returns>
    private static Task MeetOutageAsync(FaultyStore store, string failing)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Fails = member => member == failing && (met.TrySetResult() || true);
        return met.Task;
    }

    private static async Task<(TestHost Host, FaultyStore Store)> StartAsync()
    {
        FaultyStore? store = null;
        var host = await TestHost.StartAsync(build: builder => FaultyStore.Use(builder, created => store = created));
        await SampleRequests.PrepareAsync(host);
        return (host, store!);
    }

    /// <summary>Everything but what is no call to a store.</summary>
    private static bool IsCall(string member) => member is not "get_Traits" and not nameof(IRunStore.Subscribe);
}
