using Orchestrator.FaultProxy;

namespace Orchestrator.Client.Tests.Workers.Sockets;

/// <summary>A worker over HTTP on a bad line: commands are applied once each, steps do not go back, and the training goes on.</summary>
public sealed class TroubleTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<Fault>> Faults = new()
    {
        ["replies to heartbeats are lost"] = () => Fault.LoseReply.On("POST", "/heartbeat", times: 4),
        ["replies to acknowledgements are lost"] = () => Fault.LoseReply.On("POST", "/ack", times: 4),
        ["replies to polls are lost"] = () => Fault.LoseReply.On("GET", "/commands/next", times: 2),
        ["connections break"] = () => Fault.Cut.On(times: 8),
        ["heartbeats are stalled"] = () => Fault.Stall.On("POST", "/heartbeat", times: 2),
        ["acknowledgements are stalled"] = () => Fault.Stall.On("POST", "/ack", times: 2),
        ["replies to acknowledgements are stalled"] = () => Fault.StallReply.On("POST", "/ack", times: 2),
        ["replies to polls are stalled"] = () => Fault.StallReply.On("GET", "/commands/next", times: 1),
        ["heartbeats come too soon"] = () => Fault.TooSoon(Soon).On("POST", "/heartbeat", times: 2),
        ["the store is away"] = () => Fault.Unavailable(Soon).On(times: 4),
        ["the gateway finds no server"] = () => Fault.Gateway(502).On(times: 6),
        ["the gateway is busy"] = () => Fault.Gateway(503, Soon).On(times: 4),
    };

    private SocketBench _bench = null!;

    public static TheoryData<string> Troubles { get; } = [.. Faults.Keys];

    public async ValueTask InitializeAsync() => _bench = await SocketBench.StartAsync();

    [Theory]
    [MemberData(nameof(Troubles))]
    public Task Commands_that_come_by_poll_are_applied_once_each(string trouble) => CommandThroughAsync(trouble, commandWait: 1);

    [Theory]
    [InlineData("replies to heartbeats are lost")]
    [InlineData("connections break")]
    [InlineData("the gateway is busy")]
    public Task Commands_that_come_with_heartbeats_are_applied_once_each(string trouble) => CommandThroughAsync(trouble, commandWait: 0);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task CommandThroughAsync(string trouble, int commandWait)
    {
        var training = await _bench.TrainAsync(commandWait);
        var fault = _bench.Line.Add(Faults[trouble]());

        await training.CommandAsync();

        Assert.True(fault.Hits > 0);
        Assert.Equal(RunState.Completed, await training.CompleteAsync());
    }
}
