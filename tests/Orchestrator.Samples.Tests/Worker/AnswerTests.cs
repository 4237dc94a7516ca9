using System.Net;
using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

public sealed class AnswerTests
{
    [Theory]
    [InlineData(429, "heartbeat_throttled", Verdict.TryLater)]
    [InlineData(503, "store_unavailable", Verdict.TryLater)]
    [InlineData(500, null, Verdict.TryLater)]
    [InlineData(408, null, Verdict.TryLater)]
    [InlineData(409, "stale_attempt", Verdict.Stop)]
    [InlineData(409, "run_ended", Verdict.Stop)]
    [InlineData(409, "step_regression", Verdict.Refused)]
    [InlineData(409, "ack_conflict", Verdict.Refused)]
    [InlineData(422, "validation_failed", Verdict.Refused)]
    [InlineData(404, "run_not_found", Verdict.Refused)]
    public async Task A_refusal_stops_the_worker_only_when_it_says_so(int status, string? code, Verdict expected)
    {
        using var response = FakeControlPlane.Refuse(status, code!);

        var answer = await Answer.ReadAsync(response, default);

        Assert.Equal(expected, answer.Verdict);
        Assert.Equal(code, answer.Code);
    }

    [Fact]
    public async Task Retry_after_is_read()
    {
        using var response = FakeControlPlane.Refuse(429, "heartbeat_throttled", retryAfter: 4);

        Assert.Equal(TimeSpan.FromSeconds(4), (await Answer.ReadAsync(response, default)).RetryAfter);
    }

    [Theory]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_page_from_something_in_between_is_no_reason_to_stop(string page)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent(page) };

        Assert.Equal(Verdict.TryLater, (await Answer.ReadAsync(response, default)).Verdict);
    }

    [Fact]
    public async Task No_content_is_accepted_without_a_body()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.NoContent);

        Assert.Equal(new Answer(Verdict.Accepted), await Answer.ReadAsync(response, default));
    }

    [Fact]
    public void An_answer_that_asks_for_an_hour_is_waited_for_30_s() => Assert.Equal(
        TimeSpan.FromSeconds(30),
        new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)).After(Answer.Unreachable with { RetryAfter = TimeSpan.FromHours(1) }));

    [Fact]
    public void Waits_grow_up_to_the_longest_and_are_never_shorter_than_asked_for()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        double[] Waits(int count, Answer answer) => [.. Enumerable.Range(0, count).Select(_ => backoff.After(answer).TotalSeconds)];

        Assert.Equal([1, 2, 4, 5, 5], Waits(5, Answer.Unreachable));
        Assert.Equal([9], Waits(1, new Answer(Verdict.TryLater, RetryAfter: TimeSpan.FromSeconds(9))));
        backoff.Reset();
        Assert.Equal([3, 2], Waits(1, new Answer(Verdict.TryLater, RetryAfter: TimeSpan.FromSeconds(3))).Concat(Waits(1, Answer.Unreachable)));
    }
}
