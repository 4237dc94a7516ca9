using System.Net;
using System.Text;
using Orchestrator.Samples.Quickstart.Watcher;

namespace Orchestrator.Samples.Tests.Watcher;

public sealed class EventFollowerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_begins_at_the_start_and_resumes_after_the_last_event_that_is_kept()
    {
        using var feed = new Feed(
            () => Events(Kept(1) + Kept(2) + "event: run.progress\ndata: p\n\n" + "id: 3\ndata: cut off"),
            () => Events(Kept(3)));

        Assert.Equal(["1", "2", "p", "3"], await feed.FollowAsync(4));
        Assert.Equal(["0", "2"], feed.Asked);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("reset")]
    [InlineData("503")]
    [InlineData("429")]
    public async Task Trouble_is_outlasted(string trouble)
    {
        using var feed = new Feed(
            () => Events(Kept(1)),
            () => trouble switch
            {
                "refused" => throw new HttpRequestException("refused"),
                "reset" => new HttpResponseMessage { Content = new StreamContent(new BrokenStream()) },
                _ => new HttpResponseMessage((HttpStatusCode)int.Parse(trouble, System.Globalization.CultureInfo.InvariantCulture)),
            },
            () => Events(Kept(2)));

        Assert.Equal(["1", "2"], await feed.FollowAsync(2));
        Assert.Equal(["0", "1", "1"], feed.Asked);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(422)]
    public async Task A_refusal_is_told(int status)
    {
        using var feed = new Feed(() => new HttpResponseMessage((HttpStatusCode)status));

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => feed.FollowAsync(1));

        Assert.Equal(status, (int?)refused.StatusCode);
    }

    private static string Kept(int id) => $": still here\n\nid: {id}\ndata: {id}\n\n";

    private static HttpResponseMessage Events(string text) => new() { Content = new StringContent(text, Encoding.UTF8, "text/event-stream") };

    /// <summary>Gives its answers in turn, and remembers after which event it was asked to go on.</summary>
    private sealed class Feed(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        public async Task<List<string>> FollowAsync(int count)
        {
            using var http = new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://control.test/api/v1/") };
            var follower = new EventFollower(http, "runs/r1/events", TimeSpan.Zero);
            return await follower.FollowAsync(default).Take(count).Select(told => told.Data).ToListAsync().AsTask().WaitAsync(Bound);
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Assert.Equal("/api/v1/runs/r1/events", request.RequestUri!.AbsolutePath);
            Asked.Add(Assert.Single(request.Headers.GetValues("Last-Event-ID")));
            return answers[Asked.Count - 1]();
        }
    }

    /// <summary>A connection that is reset.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");
    }
}
