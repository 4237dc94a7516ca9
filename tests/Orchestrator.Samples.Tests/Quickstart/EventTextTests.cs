using Orchestrator.Samples.Quickstart.Display;
using Orchestrator.Samples.Quickstart.Watcher;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class EventTextTests
{
    [Theory]
    [InlineData("run.created", """{"experiment_id":"e1"}""", "run.created")]
    [InlineData("run.state_changed", """{"from":"running","to":"paused"}""", "run.state_changed         running -> paused")]
    [InlineData("run.health_changed", """{"from":"healthy","to":"heartbeat_stale","silence_seconds":2.25}""", "run.health_changed        healthy -> heartbeat_stale (2.3 s)")]
    [InlineData("run.health_changed", """{"from":"healthy","to":"stalled","silence_seconds":0.5,"standstill_seconds":1800}""", "run.health_changed        healthy -> stalled (1800.0 s)")]
    [InlineData("run.terminate_recommended", """{"silence_seconds":4}""", "run.terminate_recommended silent for 4.0 s")]
    [InlineData("command.queued", """{"type":"pause"}""", "command.queued            pause")]
    [InlineData("command.acknowledged", """{"type":"tune","payload":{"learning_rate":0.2},"status":"applied"}""", "command.acknowledged      tune learning_rate 0.2: applied")]
    public void An_event_is_told_in_a_line(string type, string data, string line) =>
        Assert.Equal(line, EventText.Describe(new ServerSentEvent(type, "1", $$"""{"data":{{data}}}""")));

    [Theory]
    [InlineData("run.state_changed", """{"end_reason":"terminated"}""", true)]
    [InlineData("run.state_changed", """{"end_reason":null}""", false)]
    [InlineData("command.queued", "{}", false)]
    public void The_last_step_of_a_run_is_known(string type, string data, bool isEnd) =>
        Assert.Equal(isEnd, EventText.IsEnd(new ServerSentEvent(type, "1", $$"""{"data":{{data}}}""")));
}
