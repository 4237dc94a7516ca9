using Orchestrator.Client.Tests.Http;

namespace Orchestrator.Client.Tests.Events;

/// <summary>Streams of which a server sends what ours does not, or not yet.</summary>
public sealed class EventStreamTests
{
    private const string Begin = """{"id":"r1:1","sequence":1,"type":"run.created","time":"2026-03-01T12:00:00Z","run_id":"r1",""";
    private const string End = """ "attempt":1,"data":{"experiment_id":"e","version_id":"v","created_by":null}}""";
    private const string Envelope = Begin + End;

    [Fact]
    public async Task Events_that_the_client_does_not_know_are_passed_over_and_others_read_in_every_form_of_the_standard()
    {
        using var stubbed = new StubbedClient(Stream(
            $$$"""
            : events follow
            id:0

            event: run.painted
            id: 1
            data: {"id":"r1:1","sequence":1,"type":"run.painted","time":"2026-03-01T12:00:00Z","run_id":"r1","attempt":1,"data":{}}

            : still here

            event: run.heartbeat_refused
            id: 1
            data: {"id":"r1:1","sequence":1,"type":"run.heartbeat_refused","time":"2026-03-01T12:00:00Z","run_id":"r1","attempt":1,"data":{"code":"a_newer_reason"}}

            event: run.snoozed
            id: 1
            data: {"id":"r1:1","sequence":1,"type":"run.snoozed","time":"2026-03-01T12:00:00Z","run_id":"r1","attempt":1,"data":{"actor_type":"robot","actor_id":"r2"}}

            event: run.terminate_recommended
            id: 1
            data: {"id":"r1:1","sequence":1,"type":"run.terminate_recommended","time":"2026-03-01T12:00:00Z","run_id":"r1","attempt":1,"data":{"silence_seconds":"long"}}

            data: {"no": "event"}

            event: run.created
            id: 2
            retry: 10
            data:{{{Begin}}}
            data: {{{End}}}


            """));

        var events = (await stubbed.Client.SubscribeAsync()).Value;
        await using var reader = events.GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.Equal("0", events.Start);
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(("2", EventType.RunCreated), (reader.Current.Position, reader.Current.Event.Type));
    }

    [Fact]
    public async Task A_stream_that_falls_silent_is_opened_again()
    {
        var silent = new SilentStream("id: 5\n\n"u8.ToArray());
        using var stubbed = new StubbedClient(
            _ => Task.FromResult(Response(new StreamContent(silent))),
            Stream($"id: 5\n\nid: 6\ndata: {Envelope}\n\n"));

        var events = (await stubbed.Client.SubscribeAsync()).Value;
        await using var reader = events.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var (moved, took) = await stubbed.PassAsync(reader.MoveNextAsync());

        Assert.True(moved);
        Assert.Equal("6", reader.Current.Position);
        Assert.True(took >= TimeSpan.FromSeconds(45), $"{took}");
        Assert.True(silent.IsDisposed);
    }

    [Theory]
    [InlineData("3000", 3)]
    [InlineData("3600000", 30)]
    [InlineData("soon", 0)]
    [InlineData("-1", 0)]
    public async Task A_stream_that_ends_is_opened_again_no_sooner_than_the_server_asks_and_after_30_s_and_a_pause_at_the_latest(string retry, int seconds)
    {
        using var stubbed = new StubbedClient(Stream($"retry: {retry}\nid: 5\n\n"), Stream($"id: 5\n\nid: 6\ndata: {Envelope}\n\n"));

        var events = (await stubbed.Client.SubscribeAsync()).Value;
        await using var reader = events.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var (moved, took) = await stubbed.PassAsync(reader.MoveNextAsync());

        Assert.True(moved);
        Assert.InRange(took, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds + 1));
    }

    [Fact]
    public async Task A_reader_outlasts_an_outage_of_any_length()
    {
        using var stubbed = new StubbedClient(
            [Stream("id: 5\n\n"), .. Enumerable.Repeat(StubHandler.NoConnection(), 60), Stream($"id: 5\n\nid: 6\ndata: {Envelope}\n\n")]);

        var events = (await stubbed.Client.SubscribeAsync()).Value;
        await using var reader = events.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var (moved, took) = await stubbed.PassAsync(reader.MoveNextAsync());

        Assert.True(moved);
        Assert.True(took > TimeSpan.FromMinutes(1), $"{took}");
    }

    [Fact]
    public async Task A_stream_that_ends_before_it_tells_where_it_begins_is_opened_again()
    {
        using var stubbed = new StubbedClient(Stream(": events follow\n"), Stream("id: 5\n\n"));

        var (events, _) = await stubbed.PassAsync(stubbed.Client.SubscribeAsync());

        Assert.Equal("5", events.Value.Start);
    }

    private static Func<CancellationToken, Task<HttpResponseMessage>> Stream(string text) => StubHandler.Answer(200, text, "text/event-stream");

    private static HttpResponseMessage Response(HttpContent content)
    {
        content.Headers.ContentType = new("text/event-stream");
        return new HttpResponseMessage { Content = content };
    }

    /// <summary>Yields what it has, and then nothing for ever.</summary>
    private sealed class SilentStream(byte[] first) : MemoryStream(first)
    {
        public bool IsDisposed { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
            {
                return Read(buffer.Span);
            }

            var never = new TaskCompletionSource<int>();
            await using var end = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task.ConfigureAwait(false);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
