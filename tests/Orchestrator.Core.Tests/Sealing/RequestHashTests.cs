using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Sealing;

public sealed class RequestHashTests
{
    private static readonly Actor Ada = new(ActorType.Operator, "ada");
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void HashesACommandAsItsCanonicalJson()
    {
        var command = new NewCommand
        {
            Id = CommandId.Parse("c-1"),
            Type = CommandType.Tune,
            Actor = Ada,
            Payload = JsonElement.Parse("""{ "notes": "héllo", "learning_rate": 1.0e-3 }"""),
            ExpiresAt = Noon.AddTicks(1),
        };

        AssertHashes(
            """
            {"actor":{"id":"ada","type":"operator"},"expires_at":"2026-01-31T12:00:00.0000001Z","id":"c-1",
             "payload":{"learning_rate":0.001,"notes":"héllo"},"type":"tune"}
            """,
            RequestHash.Of(command));
        AssertHashes("""{"actor":{"id":"ada","type":"operator"},"type":"pause"}""", RequestHash.Of(NewCommand.Pause(Ada)));
    }

    [Fact]
    public void HashesAnAcknowledgementAsItsCanonicalJson()
    {
        var rejected = new Acknowledgement
        {
            Outcome = AckOutcome.Rejected,
            Reason = "no",
            Applied = new Dictionary<string, double> { ["b"] = 1e21, ["a"] = 0.5 },
            Step = 9_007_199_254_740_991,
            Attempt = 2,
        };

        AssertHashes(
            """{"applied":{"a":0.5,"b":1e+21},"attempt":2,"command_id":"c-1","outcome":"rejected","reason":"no","step":9007199254740991}""",
            RequestHash.Of(CommandId.Parse("c-1"), rejected));
        AssertHashes("""{"command_id":"c-1"}""", RequestHash.Of(CommandId.Parse("c-1"), new Acknowledgement()));
    }

    [Fact]
    public void HashesATransitionAsItsCanonicalJson()
    {
        var failed = new TransitionRequest
        {
            To = RunState.Failed,
            Actor = new Actor(ActorType.System, "scheduler"),
            Reason = "diverged",
            Attempt = 1,
            StatusMessage = "loss is\nNaN",
            Final = new FinalReport { Step = 7, Loss = double.NaN, SamplesPerSec = double.PositiveInfinity, CheckpointVersion = 3, CheckpointUri = "s3://b/3" },
        };

        AssertHashes(
            """
            {"actor":{"id":"scheduler","type":"system"},"attempt":1,
             "final":{"checkpoint_uri":"s3://b/3","checkpoint_version":3,"loss":"NaN","samples_per_sec":"Infinity","step":7},
             "reason":"diverged","status_message":"loss is\nNaN","to_state":"failed"}
            """,
            RequestHash.Of(failed));
        AssertHashes(
            """{"final":{"loss":"-Infinity"},"to_state":"completed"}""",
            RequestHash.Of(new TransitionRequest { To = RunState.Completed, Final = new FinalReport { Loss = double.NegativeInfinity } }));
    }

    [Fact]
    public void HashesAnAttemptAsItsCanonicalJson()
    {
        var attempt = new AttemptRequest
        {
            Actor = Ada,
            Reason = "node lost",
            ExpectedAttempt = 1,
            WorkerId = "w-2",
            ResumeFrom = new ResumeFrom(100, 4),
        };

        AssertHashes(
            """
            {"actor":{"id":"ada","type":"operator"},"expected_attempt":1,"reason":"node lost",
             "resume_from":{"checkpoint_version":4,"step":100},"worker_id":"w-2"}
            """,
            RequestHash.Of(attempt));
        AssertHashes("{}", RequestHash.Of(new AttemptRequest()));
    }

    [Fact]
    public void HashesAClaimAsItsCanonicalJson()
    {
        AssertHashes(
            """{"labels":{"Gpu":"a","gpu":"h100","zone":"é"},"worker_id":"w"}""",
            RequestHash.Of(new ClaimRequest { WorkerId = "w", Labels = Labels(("zone", "é"), ("gpu", "h100"), ("Gpu", "a")) }));
        AssertHashes("""{"worker_id":"w"}""", RequestHash.Of(new ClaimRequest { WorkerId = "w" }));
    }

    [Fact]
    public void HashesANewRunAsItsCanonicalJson()
    {
        var run = new NewRun
        {
            Id = RunId.Parse("r-1"),
            ExperimentId = ExperimentId.Parse("e"),
            VersionId = VersionId.Parse("v"),
            LaunchManifest = JsonElement.Parse("""{"seed":12345678901234567891,"image":"trainer:1"}"""),
            Overrides = JsonElement.Parse("""{"lr":0.10}"""),
            Labels = Labels(("team", "vision")),
            Priority = -3,
            HealthPolicy = new HealthPolicy(TimeSpan.FromSeconds(45), TimeSpan.FromMilliseconds(90_500), TimeSpan.Zero),
            CreatedBy = "ada",
        };

        AssertHashes(
            """
            {"created_by":"ada","experiment_id":"e","health_policy":{"stale_after":45,"stalled_after":0,"unresponsive_after":90.5},
             "id":"r-1","labels":{"team":"vision"},"launch_manifest":{"image":"trainer:1","seed":12345678901234567891},
             "overrides":{"lr":0.1},"priority":-3,"version_id":"v"}
            """,
            RequestHash.Of(run));
        AssertHashes(
            """{"experiment_id":"e","version_id":"v"}""",
            RequestHash.Of(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") }));
    }

    [Fact]
    public void TakesWhatTheContractCallsTheSameForTheSame()
    {
        var pause = RequestHash.Of(NewCommand.Pause(Ada));
        Assert.Equal(pause, RequestHash.Of(NewCommand.Pause(Ada) with { IssuedAt = Noon }));
        Assert.Equal(pause, RequestHash.Of(NewCommand.Pause(Ada) with { Payload = JsonElement.Parse("{ }") }));
        Assert.Equal(pause, RequestHash.Of(NewCommand.Pause(Ada) with { Payload = JsonElement.Parse("null") }));

        var expiring = NewCommand.Resume(Ada) with { ExpiresAt = Noon };
        Assert.Equal(RequestHash.Of(expiring), RequestHash.Of(expiring with { ExpiresAt = Noon.ToOffset(TimeSpan.FromHours(2)) }));

        var tune = NewCommand.Tune(Ada, KeyValuePair.Create("a", 0.5), KeyValuePair.Create("b", 1.0));
        Assert.Equal(RequestHash.Of(tune), RequestHash.Of(NewCommand.Tune(Ada, KeyValuePair.Create("b", 1.0), KeyValuePair.Create("a", 0.5))));

        var claim = new ClaimRequest { WorkerId = "w" };
        Assert.Equal(RequestHash.Of(claim), RequestHash.Of(claim with { Wait = TimeSpan.FromSeconds(30) }));

        var run = new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };
        var empty = JsonElement.Parse("{}");
        Assert.Equal(RequestHash.Of(run), RequestHash.Of(run with { LaunchManifest = empty, Overrides = empty, HealthPolicy = new HealthPolicy() }));
    }

    [Fact]
    public void TellsEveryOtherRequestApart()
    {
        var id = CommandId.Parse("c");
        var ack = new Acknowledgement();
        var terminate = NewCommand.Terminate(Ada, "x");
        var run = new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };
        var move = new TransitionRequest { To = RunState.Failed };
        string[] hashes =
        [
            RequestHash.Of(NewCommand.Pause(Ada)),
            RequestHash.Of(NewCommand.Resume(Ada)),
            RequestHash.Of(NewCommand.Pause(Ada with { Type = ActorType.System })),
            RequestHash.Of(NewCommand.Pause(Ada with { Id = "Ada" })),
            RequestHash.Of(NewCommand.Pause(Ada) with { Actor = null }),
            RequestHash.Of(NewCommand.Pause(Ada) with { Id = id }),
            RequestHash.Of(NewCommand.Pause(Ada) with { ExpiresAt = Noon }),
            RequestHash.Of(NewCommand.Pause(Ada) with { ExpiresAt = Noon.AddTicks(1) }),
            RequestHash.Of(terminate),
            RequestHash.Of(NewCommand.Terminate(Ada, "x", finalCheckpoint: true)),
            RequestHash.Of(NewCommand.Terminate(Ada, "X")),
            RequestHash.Of(id, ack),
            RequestHash.Of(CommandId.Parse("d"), ack),
            RequestHash.Of(id, ack with { Outcome = AckOutcome.Rejected }),
            RequestHash.Of(id, ack with { Applied = new Dictionary<string, double>() }),
            RequestHash.Of(id, ack with { Applied = new Dictionary<string, double> { ["a"] = 1 } }),
            RequestHash.Of(id, ack with { Step = 1 }),
            RequestHash.Of(id, ack with { Attempt = 1 }),
            RequestHash.Of(id, ack with { Reason = "" }),
            RequestHash.Of(run),
            RequestHash.Of(run with { Priority = 1 }),
            RequestHash.Of(run with { Labels = Labels(("a", "b")) }),
            RequestHash.Of(run with { Labels = Labels(("b", "a")) }),
            RequestHash.Of(run with { LaunchManifest = JsonElement.Parse("""{"a":9007199254740992}""") }),
            RequestHash.Of(run with { LaunchManifest = JsonElement.Parse("""{"a":9007199254740993}""") }),
            RequestHash.Of(run with { Overrides = JsonElement.Parse("""{"a":9007199254740993}""") }),
            RequestHash.Of(run with { HealthPolicy = new HealthPolicy(StalledAfter: TimeSpan.Zero) }),
            RequestHash.Of(move),
            RequestHash.Of(move with { Final = new FinalReport { Loss = 1 } }),
            RequestHash.Of(move with { Final = new FinalReport { Loss = double.NaN } }),
            RequestHash.Of(move with { Final = new FinalReport { SamplesPerSec = 1 } }),
            RequestHash.Of(move with { Reason = "r" }),
            RequestHash.Of(move with { StatusMessage = "r" }),
            RequestHash.Of(new AttemptRequest { ExpectedAttempt = 1 }),
            RequestHash.Of(new AttemptRequest { WorkerId = "w" }),
            RequestHash.Of(new AttemptRequest { ResumeFrom = new ResumeFrom(0, 1) }),
            RequestHash.Of(new AttemptRequest { ResumeFrom = new ResumeFrom(1, 0) }),
        ];

        Assert.Distinct(hashes);
    }

    [Fact]
    public void HashesARequestThatFitsNoSmallBuffer()
    {
        var words = string.Join(",", Enumerable.Range(0, 10_000).Select(i => $"\"word {i}\""));
        var run = new NewRun
        {
            ExperimentId = ExperimentId.Parse("e"),
            VersionId = VersionId.Parse("v"),
            LaunchManifest = JsonElement.Parse($$"""{"words":[{{words}}]}"""),
        };

        AssertHashes($$"""{"experiment_id":"e","launch_manifest":{"words":[{{words}}]},"version_id":"v"}""", RequestHash.Of(run));
    }

    private static void AssertHashes(string json, string actual) =>
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.GetBytes(Encoding.UTF8.GetBytes(json)))), actual);

    private static Dictionary<string, string> Labels(params (string Name, string Value)[] labels) => labels.ToDictionary(label => label.Name, label => label.Value);
}
