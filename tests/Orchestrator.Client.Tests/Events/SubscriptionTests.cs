namespace Orchestrator.Client.Tests.Events;

public sealed class SubscriptionTests
{
    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly RunId Run = RunId.Parse("r1");

    [Fact]
    public async Task A_reader_goes_on_after_the_last_event_when_its_connection_breaks()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server);
        await using var reader = await ReadAsync(server.Client, new EventSubscription { Run = Run, After = EventSubscription.Start });
        var first = await reader.NextAsync();

        server.BreakConnections();
        await MoveAsync(server, RunState.Running);
        await MoveAsync(server, RunState.Completed);
        var (second, third) = (await reader.NextAsync(), await reader.NextAsync());

        Assert.Equal([1, 2, 3], new[] { first, second, third }.Select(message => message.Event.Sequence));
        var streams = server.Requests.Where(request => request.Operation == "followRunEvents").ToArray();
        Assert.Equal([EventSubscription.Start, first.Position], streams.Select(request => request.Headers["Last-Event-ID"].ToString()));
    }

    [Fact]
    public async Task A_reader_of_what_happens_from_now_on_misses_nothing_when_its_connection_breaks_before_the_first_event()
    {
        await using var server = await TestServer.StartAsync();
        await using var reader = await ReadAsync(server.Client, new EventSubscription());

        server.BreakConnections();
        await CreateAsync(server);

        Assert.Equal(EventType.RunCreated, (await reader.NextAsync()).Event.Type);
    }

    [Fact]
    public async Task Progress_has_no_position()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server);
        await using var reader = await ReadAsync(server.Client, new EventSubscription { Run = Run, Types = [EventType.RunProgress] });

        // The server offers progress to readers that are there; the next is offered until one is.
        var next = reader.NextAsync();
        for (var beat = 1; !next.IsCompleted; beat++)
        {
            await server.Client.Heartbeats.ReportAsync(Run, new Heartbeat
            {
                RunId = Run,
                Status = beat % 2 == 0 ? RuntimeStatus.Running : RuntimeStatus.Errored,
                Step = beat,
                SamplesPerSec = 1,
                Loss = double.NaN,
                CheckpointVersion = 0,
                Beat = beat,
            });
        }

        var (told, position) = await next;
        Assert.Null(position);
        Assert.Equal(double.NaN, ((ProgressData)told.Data).Run.Loss);
    }

    [Fact]
    public async Task Positions_are_exchangeable_with_those_in_process()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server);
        await MoveAsync(server, RunState.Running);
        await using var far = await ReadAsync(server.Client, new EventSubscription { Run = Run, After = EventSubscription.Start });
        var position = (await far.NextAsync()).Position;

        await using var near = await ReadAsync(server.InProcess, new EventSubscription { Run = Run, After = position });

        Assert.Equal(EventType.RunStateChanged, (await near.NextAsync()).Event.Type);
    }

    [Fact]
    public async Task A_reader_whose_place_is_no_longer_kept_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server);
        await using var reader = await ReadAsync(server.Client, new EventSubscription { After = EventSubscription.Start });
        await reader.NextAsync();

        // Another server in its place, whose memory does not reach as far.
        await server.StopAsync();
        await using var other = await TestServer.StartAsync(port: server.Address.Port);

        var fault = await Assert.ThrowsAsync<RefusedException>(reader.NextAsync);
        Assert.Equal(RefusalCode.CursorExpired, fault.Refusal.Code);
    }

    [Fact]
    public async Task The_events_of_a_run_end_when_it_is_no_longer_kept()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server);
        await using var reader = await ReadAsync(server.Client, new EventSubscription { Run = Run, After = EventSubscription.Start });
        await reader.NextAsync();

        await server.StopAsync();
        await using var other = await TestServer.StartAsync(port: server.Address.Port);

        Assert.False(await reader.MoveAsync());
    }

    [Fact]
    public async Task A_reading_that_is_cancelled_throws()
    {
        await using var server = await TestServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        var events = (await server.Client.SubscribeAsync()).Value;
        await using var reader = events.GetAsyncEnumerator(cancel.Token);

        var next = reader.MoveNextAsync().AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static async Task<Reader> ReadAsync(IOrchestrator orchestrator, EventSubscription subscription) =>
        new((await orchestrator.SubscribeAsync(subscription)).Value.GetAsyncEnumerator(CancellationToken.None));

    private static async Task CreateAsync(TestServer server) => Assert.Null((await server.Client.Runs.CreateAsync(
        new NewRun { Id = Run, ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Refusal);

    private static async Task MoveAsync(TestServer server, RunState to) =>
        Assert.Null((await server.Client.Runs.TransitionAsync(Run, new TransitionRequest { To = to, Actor = Ada })).Refusal);

    /// <summary>Reads one event after the other, each within a bound.</summary>
    private sealed class Reader(IAsyncEnumerator<EventMessage> events) : IAsyncDisposable
    {
        private Task<bool>? _next;

        public async Task<bool> MoveAsync() => await (_next = events.MoveNextAsync().AsTask()).WaitAsync(TimeSpan.FromSeconds(30));

        public async Task<EventMessage> NextAsync()
        {
            Assert.True(await MoveAsync());
            return events.Current;
        }

        public async ValueTask DisposeAsync()
        {
            if (_next is { IsCompleted: true })
            {
                await events.DisposeAsync();
            }
        }
    }
}
