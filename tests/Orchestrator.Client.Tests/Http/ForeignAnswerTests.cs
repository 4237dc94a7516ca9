using System.IO.Compression;
using System.Net;
using System.Text;
using static Orchestrator.Client.Tests.Http.StubHandler;

namespace Orchestrator.Client.Tests.Http;

/// <summary>Answers that are none of an Orchestrator server, or none that this client understands.</summary>
public sealed class ForeignAnswerTests
{
    private const string RunList = """{"runs":[],"next_cursor":null}""";

    [Theory]
    [InlineData(200, "<html>Welcome</html>", "text/html")]
    [InlineData(200, "{\"runs\":[", "application/json")]
    [InlineData(200, "{\"runs\":[{\"id\":\"r1\"}]}", "application/json")]
    [InlineData(200, "[]", "application/json")]
    [InlineData(200, "null", "application/json")]
    [InlineData(302, "", "text/html")]
    [InlineData(400, "bad", "text/plain")]
    [InlineData(401, "", "text/plain")]
    [InlineData(403, "{\"title\":\"Forbidden\"}", "application/problem+json")]
    [InlineData(404, "{\"error\":\"not found\"}", "application/json")]
    [InlineData(404, "<html>Nothing here</html>", "text/html")]
    [InlineData(405, "{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"\",\"details\":{}}}", "application/problem+json")]
    [InlineData(409, "{\"error\":{\"code\":\"from_the_future\",\"message\":\"\",\"details\":{}}}", "application/problem+json")]
    [InlineData(500, "", "text/plain")]
    public async Task An_answer_of_somebody_else_is_an_exception_that_tells_it_and_is_not_asked_for_again(int status, string body, string type)
    {
        using var stubbed = new StubbedClient(Answer(status, body, type));

        var fault = await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.Runs.ListAsync());

        Assert.Equal(status, (int)fault.StatusCode);
        Assert.Contains($"GET /api/v1/runs was answered with {status} ({type})", fault.Message, StringComparison.Ordinal);
        Assert.Single(stubbed.Requests);
    }

    [Theory]
    [InlineData(401, "credentials")]
    [InlineData(403, "do not allow")]
    [InlineData(404, "base address")]
    public async Task The_exception_says_what_to_put_right(int status, string word)
    {
        using var stubbed = new StubbedClient(Answer(status, "", "text/plain"));

        var fault = await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.Audit.VerifyAsync(StubbedClient.Run));

        Assert.Contains(word, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(308)]
    public async Task A_redirect_is_named_as_one(int status)
    {
        using var stubbed = new StubbedClient(Answer(status, "", "text/html", ("Location", "https://login.example/")));

        var fault = await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.Runs.ListAsync());

        Assert.Contains("redirect", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(409)]
    public async Task An_answer_that_is_not_compressed_as_it_says_is_such_an_exception_too(int status)
    {
        using var stubbed = new StubbedClient(_ =>
        {
            var body = new GZipStream(new MemoryStream(Encoding.UTF8.GetBytes(RunList)), CompressionMode.Decompress);
            var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StreamContent(body) };
            response.Content.Headers.ContentType = new("application/json");
            return Task.FromResult(response);
        });

        await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.Runs.ListAsync());
    }

    [Fact]
    public async Task An_answer_that_begins_with_a_byte_order_mark_is_read()
    {
        using var stubbed = new StubbedClient(Answer(200, "\uFEFF" + RunList));

        Assert.Empty((await stubbed.Client.Runs.ListAsync()).Value.Items);
    }

    [Fact]
    public async Task A_stream_of_events_that_is_none_is_such_an_exception_too()
    {
        using var stubbed = new StubbedClient(Answer(200, "<html>Welcome</html>", "text/html"));

        await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.SubscribeAsync());
    }

    [Fact]
    public async Task A_batch_that_is_answered_with_fewer_results_is_such_an_exception_too()
    {
        using var stubbed = new StubbedClient(Answer(200, """{"results":[]}"""));

        await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await stubbed.Client.Heartbeats.ReportAsync([new Heartbeat()]));
    }
}
