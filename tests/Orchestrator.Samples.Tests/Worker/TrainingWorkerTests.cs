using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Training;
using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

public sealed class TrainingWorkerTests : IDisposable
{
    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-checkpoints-");
    private readonly FakeControlPlane _control = new();

    private string Target => Path.Combine(_folder.FullName, "checkpoint.json");

    private WorkerOptions Options => new()
    {
        CheckpointPath = Target,
        Steps = long.MaxValue,
        CheckpointEvery = 50,
        HeartbeatInterval = TimeSpan.FromMilliseconds(1),
        RetryDelay = TimeSpan.FromMilliseconds(1),
        LongestRetryDelay = TimeSpan.FromMilliseconds(2),
        LastTries = 3,
    };

    public void Dispose()
    {
        _control.Dispose();
        _folder.Delete(recursive: true);
    }

    public static TheoryData<string> Troubles => ["503", "429", "refused", "timeout", "wrong"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task No_trouble_of_the_control_plane_stops_the_training(string trouble)
    {
        _control.Answer = _ => trouble switch
        {
            "503" => FakeControlPlane.Refuse(503, "store_unavailable"),
            "429" => FakeControlPlane.Refuse(429, "heartbeat_throttled"),
            "refused" => throw new HttpRequestException("refused"),
            "timeout" => throw new TaskCanceledException("timeout"),
            _ => FakeControlPlane.Refuse(422, "validation_failed"),
        };

        var ending = await TrainAsync(Options with { Steps = 500 });

        Assert.Equal("completed", ending.State);
        Assert.Equal(500, ending.Final.Step);
        var saved = Trainer.Resume(Target, Data);
        Assert.Equal(500, saved.CurrentStep);
        Assert.True(saved.TestAccuracy() >= 0.9);
        Assert.NotEmpty(_control.BodiesTo("transitions"));
    }

    [Theory]
    [InlineData("heartbeat", "stale_attempt")]
    [InlineData("heartbeat", "run_ended")]
    [InlineData("commands/next", "stale_attempt")]
    [InlineData("commands/next", "run_ended")]
    public async Task A_worker_that_is_told_to_stop_stops_and_says_nothing_more(string path, string code)
    {
        _control.Answer = asked => asked == path ? FakeControlPlane.Refuse(409, code) : null;

        var ending = await TrainAsync(Options);

        Assert.Equal(TrainingWorker.Stopped, ending.State);
        Assert.Equal(code, ending.Reason);
        Assert.Empty(_control.BodiesTo("transitions"));
    }

    [Fact]
    public async Task A_paused_worker_that_is_told_to_stop_stops()
    {
        _control.Answer = path => path == "heartbeat" && _control.BodiesTo("heartbeat").Any(IsPaused) ? FakeControlPlane.Refuse(409, "run_ended") : null;
        _control.Send("hold", "pause");

        var ending = await TrainAsync(Options);

        Assert.Equal((TrainingWorker.Stopped, "run_ended"), (ending.State, ending.Reason));
    }

    [Fact]
    public async Task Commands_are_obeyed_and_acknowledged_in_their_order()
    {
        _control.Received = (path, body) =>
        {
            // The next command is given when the one before has shown, so that nothing depends on time.
            switch (path)
            {
                case "commands/slower/ack":
                    _control.Send("hold", "pause");
                    break;
                case "heartbeat" when (string?)body["status"] == "paused" && _control.BodiesTo("heartbeat").Count(IsPaused) == 3:
                    _control.Send("on", "resume");
                    break;
                case "commands/on/ack":
                    _control.Send("end", "terminate", """{ "reason": "enough", "final_checkpoint": true }""");
                    break;
            }
        };
        _control.Send("slower", "tune", """{ "learning_rate": 0.01 }""");

        var ending = await TrainAsync(Options with { CheckpointEvery = long.MaxValue });

        Assert.Equal("terminated", ending.State);
        var acknowledgements = _control.Acknowledgements.ToList();
        Assert.Equal(["commands/slower/ack", "commands/hold/ack", "commands/on/ack", "commands/end/ack"], acknowledgements.Select(request => request.Path));
        Assert.All(acknowledgements, request => Assert.Equal(("applied", 3), ((string?)request.Body["outcome"], (int?)request.Body["attempt"])));
        Assert.Equal(0.01, (double?)acknowledgements[0].Body["applied"]!["learning_rate"]);

        var held = (long)acknowledgements[1].Body["step"]!;
        Assert.Equal(held, (long)acknowledgements[2].Body["step"]!);
        Assert.All(_control.BodiesTo("heartbeat").Where(IsPaused), body => Assert.Equal((held, 0.0), ((long)body["step"]!, (double)body["samples_per_sec"]!)));

        var saved = Checkpoint.Load(Target);
        Assert.Equal((1, ending.Final.Step, 0.01), (saved.Version, saved.Step, saved.LearningRate));
        var end = Assert.Single(_control.BodiesTo("transitions"));
        Assert.Equal("terminated", (string?)end["to_state"]);
        Assert.Equal((ending.Final.Step, 1), ((long)end["final"]!["step"]!, (int)end["final"]!["checkpoint_version"]!));
        Assert.Equal("transitions", _control.Requests.Last(request => request.Path != "heartbeat").Path);
    }

    [Fact]
    public async Task No_heartbeat_says_running_after_the_pause_is_acknowledged()
    {
        _control.Received = (path, body) =>
        {
            if (path == "heartbeat" && IsPaused(body))
            {
                _control.Send("end", "terminate", """{ "reason": "enough" }""");
            }
        };
        _control.Send("hold", "pause");

        await TrainAsync(Options);

        var after = _control.Requests.SkipWhile(request => request.Path != "commands/hold/ack").Where(request => request.Path == "heartbeat");
        Assert.DoesNotContain("running", after.Select(request => (string?)request.Body["status"]));
    }

    [Fact]
    public async Task A_command_that_is_delivered_again_is_acknowledged_again_and_not_applied_again()
    {
        _control.Send("a", "tune", """{ "learning_rate": 0.2 }""");
        _control.Send("b", "tune", """{ "learning_rate": 0.3 }""");
        _control.Send("a", "tune", """{ "learning_rate": 0.2 }""");
        _control.Send("c", "tune", """{ "entropy_coef": 0.05 }""");
        _control.Send("end", "terminate", """{ "reason": "enough" }""");

        var ending = await TrainAsync(Options);

        Assert.Equal(0.3, ending.Final.LearningRate);
        Assert.Equal(["a", "b", "a", "c", "end"], _control.Acknowledgements.Select(request => request.Path.Split('/')[1]));
        Assert.Equal(
            ["applied", "applied", "applied", "rejected", "applied"], _control.Acknowledgements.Select(request => (string?)request.Body["outcome"]));
    }

    [Fact]
    public async Task A_training_that_fails_says_so()
    {
        Directory.CreateDirectory(Target);

        await Assert.ThrowsAnyAsync<SystemException>(() => TrainAsync(Options));

        Assert.Equal("failed", (string?)Assert.Single(_control.BodiesTo("transitions"))["to_state"]);
    }

    private static bool IsPaused(JsonObject body) => (string?)body["status"] == "paused";

    private Task<Ending> TrainAsync(WorkerOptions options) => Task
        .Run(() => new TrainingWorker(new Trainer(Data, seed: 1, learningRate: 0.1), _control.Api, options, TimeProvider.System).RunAsync(default))
        .WaitAsync(Bound);
}
