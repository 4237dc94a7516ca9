using Polly.Timeout;
using static Orchestrator.Client.Tests.Http.StubHandler;

namespace Orchestrator.Client.Tests.Http;

/// <summary>What is sent again, when, and until when.</summary>
public sealed class RetryTests
{
    private const string RunList = """{"runs":[],"next_cursor":null}""";

    public static TheoryData<string> Passing => ["connection", "408", "429", "502", "503", "504", "store"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task After_an_outage_the_call_is_sent_again(string outage)
    {
        using var stubbed = new StubbedClient(Outage(outage), Outage(outage), Answer(200, RunList));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Empty(answer.Value.Items);
        Assert.Equal(3, stubbed.Requests.Length);
    }

    [Fact]
    public async Task Every_try_of_a_call_carries_the_same_key_and_every_call_another()
    {
        using var stubbed = new StubbedClient(NoConnection(), Refusal(409, "run_id_conflict"), NoConnection(), Refusal(409, "run_id_conflict"));

        await stubbed.PassAsync(stubbed.Client.Runs.CreateAsync(StubbedClient.NewRun));
        await stubbed.PassAsync(stubbed.Client.Runs.CreateAsync(StubbedClient.NewRun));

        var keys = stubbed.Stub.Sent.Select(sent => sent.Key!).ToArray();
        Assert.Equal(4, keys.Length);
        Assert.Equal(keys[0], keys[1]);
        Assert.Equal(keys[2], keys[3]);
        Assert.NotEqual(keys[0], keys[2]);
        Assert.Equal(7, Guid.Parse(keys[0]).Version);
    }

    [Fact]
    public async Task The_key_of_the_caller_is_sent_as_it_is()
    {
        using var stubbed = new StubbedClient(Refusal(409, "run_id_conflict"));

        await stubbed.Client.Runs.CreateAsync(StubbedClient.NewRun, new CallContext { IdempotencyKey = "launch-42" });

        Assert.Equal("launch-42", stubbed.Stub.Sent.Single().Key);
    }

    [Theory]
    [InlineData(409, "run_ended")]
    [InlineData(422, "validation_failed")]
    [InlineData(429, "queue_full")]
    [InlineData(429, "heartbeat_throttled")]
    public async Task A_refusal_is_an_answer_and_is_not_asked_for_again(int status, string code)
    {
        using var stubbed = new StubbedClient(Refusal(status, code, ("Retry-After", "1")));

        var answer = await stubbed.Client.Runs.GetAsync(StubbedClient.Run);

        Assert.Equal(code, answer.Refusal!.Code.ToWireName());
        Assert.Single(stubbed.Requests);
    }

    [Fact]
    public async Task When_the_time_is_over_a_server_out_of_reach_is_a_store_out_of_reach()
    {
        using var stubbed = new StubbedClient(NoConnection());

        var (answer, took) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal!.Code);
        Assert.Equal("connection", answer.Refusal.Details["cause"]);
        Assert.Equal(stubbed.Requests.Length, answer.Refusal.Details["tries"]);
        Assert.InRange(stubbed.Requests.Length, 5, 20);
        Assert.True(took <= TimeSpan.FromSeconds(31), $"{took}");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_asked_again_after_the_time_of_a_try()
    {
        using var stubbed = new StubbedClient(Silence(), Answer(200, RunList));

        var (answer, took) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Null(answer.Refusal);
        Assert.True(took >= TimeSpan.FromSeconds(10), $"{took}");
    }

    [Fact]
    public async Task A_server_that_never_answers_at_all_is_told_as_a_timeout()
    {
        using var stubbed = new StubbedClient(Silence());

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Equal((RefusalCode.StoreUnavailable, "timeout"), (answer.Refusal!.Code, answer.Refusal.Details["cause"]));
    }

    [Fact]
    public async Task What_a_gateway_answers_in_its_place_is_told_with_its_status()
    {
        using var stubbed = new StubbedClient(Outage("502"));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal!.Code);
        Assert.Equal(("gateway", 502), (answer.Refusal.Details["cause"], answer.Refusal.Details["status"]));
        Assert.Equal(1.0, answer.Refusal.Details["retry_after"]);
    }

    [Fact]
    public async Task The_server_s_own_refusal_is_given_when_its_store_stays_away()
    {
        using var stubbed = new StubbedClient(Outage("store"));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Equal((RefusalCode.StoreUnavailable, "No."), (answer.Refusal!.Code, answer.Refusal.Message));
        Assert.False(answer.Refusal.Details.ContainsKey("cause"));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("Sun, 01 Mar 2026 12:00:07 GMT")]
    public async Task Retry_After_is_obeyed(string after)
    {
        using var stubbed = new StubbedClient(Answer(503, "", "text/plain", ("Retry-After", after)), Answer(200, RunList));

        var (_, took) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.True(took >= TimeSpan.FromSeconds(7), $"{took}");
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_time_of_the_call_ends_it_at_once()
    {
        using var stubbed = new StubbedClient(Answer(503, "", "text/plain", ("Retry-After", "3600")));

        var answer = await stubbed.Client.Runs.ListAsync();

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal!.Code);
        Assert.Equal(3_600.0, answer.Refusal.Details["retry_after"]);
    }

    [Fact]
    public async Task A_Retry_After_delays_the_next_try_by_30_s_at_most()
    {
        using var stubbed = new StubbedClient(Answer(503, "", "text/plain", ("Retry-After", "80")), Answer(204));

        var (answer, took) = await stubbed.PassAsync(stubbed.Client.Commands.NextAsync(StubbedClient.Run, TimeSpan.FromSeconds(60)));

        Assert.Null(answer.Value);
        Assert.InRange(took, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task Whatever_a_handler_throws_is_an_outage_and_the_call_is_sent_again()
    {
        using var stubbed = new StubbedClient(
            _ => throw new TimeoutRejectedException("The operation did not complete within 10 s."),
            _ => throw new InvalidOperationException("The token service is away."),
            Answer(200, RunList));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Empty(answer.Value.Items);
    }

    [Fact]
    public async Task What_a_handler_throws_is_in_the_refusal()
    {
        using var stubbed = new StubbedClient(_ => throw new TimeoutRejectedException("The operation did not complete within 10 s."));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal!.Code);
        Assert.EndsWith("TimeoutRejectedException: The operation did not complete within 10 s.", answer.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_that_cannot_be_sent_is_named_without_its_value()
    {
        using var stubbed = new StubbedClient(_ => throw new FormatException("The format of value 'secret' is invalid."));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ListAsync());

        Assert.Contains("a token with a line break", answer.Refusal!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_heartbeat_without_a_number_is_sent_once()
    {
        using var stubbed = new StubbedClient(NoConnection());

        var one = await stubbed.Client.Heartbeats.ReportAsync(StubbedClient.Run, new Heartbeat { RunId = StubbedClient.Run });
        var many = await stubbed.Client.Heartbeats.ReportAsync([new Heartbeat { Beat = 1 }, new Heartbeat()]);

        Assert.Equal(["POST /api/v1/runs/r1/heartbeat", "POST /api/v1/heartbeats"], stubbed.Requests);
        Assert.All(many.Prepend(one), result => Assert.Equal(RefusalCode.StoreUnavailable, result.Refusal!.Code));
    }

    [Fact]
    public async Task A_heartbeat_with_a_number_is_sent_again_within_its_shorter_time()
    {
        using var stubbed = new StubbedClient(NoConnection());

        var (_, one) = await stubbed.PassAsync(stubbed.Client.Heartbeats.ReportAsync(StubbedClient.Run, new Heartbeat { Beat = 1 }));
        var afterOne = stubbed.Requests.Length;
        var (_, many) = await stubbed.PassAsync(stubbed.Client.Heartbeats.ReportAsync([new Heartbeat { Beat = 1 }, new Heartbeat { Beat = 7 }]));

        Assert.InRange(afterOne, 2, 10);
        Assert.True(stubbed.Requests.Length > afterOne + 1);
        Assert.True(one <= TimeSpan.FromSeconds(5), $"{one}");
        Assert.True(many <= TimeSpan.FromSeconds(5), $"{many}");
        Assert.All(stubbed.Stub.Sent, sent => Assert.Null(sent.Key));
    }

    [Fact]
    public async Task A_poll_that_is_sent_again_waits_only_for_what_is_left()
    {
        using var stubbed = new StubbedClient(Silence(), Answer(204));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Commands.NextAsync(StubbedClient.Run, TimeSpan.FromSeconds(20)));

        Assert.Null(answer.Value);
        Assert.Equal(["GET /api/v1/runs/r1/commands/next?wait=20", "GET /api/v1/runs/r1/commands/next?wait=0"], stubbed.Requests);
    }

    [Fact]
    public async Task A_claim_that_is_sent_again_waits_only_for_what_is_left_and_keeps_its_key()
    {
        using var stubbed = new StubbedClient(Silence(), Answer(204));

        var (answer, _) = await stubbed.PassAsync(stubbed.Client.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Wait = TimeSpan.FromSeconds(60) }));

        Assert.Equal(new Receipt<Run?>(null, Effect.None), answer.Value);
        var sent = stubbed.Stub.Sent.ToArray();
        Assert.Equal(2, sent.Length);
        Assert.Equal(["""{"worker_id":"w","labels":{},"wait":60}""", """{"worker_id":"w","labels":{}}"""], sent.Select(one => one.Body));
        Assert.Equal(sent[0].Key, sent[1].Key);
    }

    [Fact]
    public async Task A_poll_outlasts_its_wait()
    {
        using var stubbed = new StubbedClient(Silence());

        var (answer, took) = await stubbed.PassAsync(stubbed.Client.Commands.NextAsync(StubbedClient.Run, TimeSpan.FromSeconds(60)));

        Assert.Equal("timeout", answer.Refusal!.Details["cause"]);
        Assert.True(took >= TimeSpan.FromSeconds(70), $"{took}");
    }

    [Fact]
    public async Task A_cancelled_call_throws_and_is_not_sent_again()
    {
        using var stubbed = new StubbedClient(Silence());
        using var cancel = new CancellationTokenSource();

        var call = stubbed.Client.Runs.ListAsync(cancellationToken: cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(call.AsTask);
        Assert.Single(stubbed.Requests);
    }

    [Fact]
    public async Task The_time_limit_of_the_HTTP_client_is_a_lost_reply_too()
    {
        using var http = new HttpClient(new StubHandler(Silence(), Answer(200, RunList)))
        {
            BaseAddress = new Uri("http://server/"),
            Timeout = TimeSpan.FromMilliseconds(50),
        };

        Assert.Empty((await new OrchestratorClient(http).Runs.ListAsync()).Value.Items);
    }

    private static Func<CancellationToken, Task<HttpResponseMessage>> Outage(string kind) => kind switch
    {
        "connection" => NoConnection(),
        "store" => Refusal(503, "store_unavailable", ("Retry-After", "1")),
        _ => Answer(int.Parse(kind, System.Globalization.CultureInfo.InvariantCulture), "<html>Bad gateway</html>", "text/html"),
    };
}
