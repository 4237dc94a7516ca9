using System.IO.Pipelines;
using System.Text;
using Orchestrator.Samples.Quickstart.Watcher;

namespace Orchestrator.Samples.Tests.Watcher;

public sealed class SseReaderTests
{
    public static TheoryData<string, ServerSentEvent[]> Streams => new()
    {
        { "event: a\nid: 1\ndata: x\n\n", [new("a", "1", "x")] },
        { "event: a\r\nid: 1\r\ndata: x\r\n\r\n", [new("a", "1", "x")] },
        { "data:x\n\n", [new("message", null, "x")] },
        { "data:  x\n\n", [new("message", null, " x")] },
        { "data: x\ndata\ndata: y\n\n", [new("message", null, "x\n\ny")] },
        { ": still here\n\nevent: a\n: in between\ndata: x\n\n: still here\n\n", [new("a", null, "x")] },
        { "retry: 5\nunknown: 1\ndata: x\n\n", [new("message", null, "x")] },
        { "event: a\nid: 1\ndata: x\n\nevent: b\ndata: y\n\n", [new("a", "1", "x"), new("b", null, "y")] },
        { "event: a\nid: 1\n\n", [] },
        { "data: x\n\nevent: a\nid: 2\ndata: cut off", [new("message", null, "x")] },
        { "data: x\n\nevent: a\nid: 2\ndata: cut off\n", [new("message", null, "x")] },
        { "data: größer 🙂\n\n", [new("message", null, "größer 🙂")] },
        { "", [] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Events_are_read_as_the_standard_has_them(string text, ServerSentEvent[] events)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));

        Assert.Equal(events, await SseReader.ReadAsync(stream, default).ToListAsync());
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task It_does_not_matter_how_the_bytes_are_cut(string text, ServerSentEvent[] events)
    {
        var pipe = new Pipe();
        var reading = SseReader.ReadAsync(pipe.Reader.AsStream(), default).ToListAsync().AsTask();
        foreach (var cut in Encoding.UTF8.GetBytes(text).Chunk(1))
        {
            await pipe.Writer.WriteAsync(cut);
        }

        await pipe.Writer.CompleteAsync();

        Assert.Equal(events, await reading.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task An_event_is_given_before_the_stream_ends()
    {
        var pipe = new Pipe();
        await using var events = SseReader.ReadAsync(pipe.Reader.AsStream(), default).GetAsyncEnumerator();
        await pipe.Writer.WriteAsync("data: x\n\n"u8.ToArray());

        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("x", events.Current.Data);
    }
}
