using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Tests.Validation;

namespace Orchestrator.Core.Tests.Heartbeats;

public sealed class HeartbeatValidationTests
{
    private static readonly Heartbeat Valid = HeartbeatCases.Next;

    public static TheoryData<string, Heartbeat> Faulty => new()
    {
        { "run_id", Valid with { RunId = default } },
        { "status", Valid with { Status = null } },
        { "status", Valid with { Status = default(RuntimeStatus) } },
        { "status", Valid with { Status = (RuntimeStatus)5 } },
        { "step", Valid with { Step = null } },
        { "step", Valid with { Step = -1 } },
        { "step", Valid with { Step = 1L << 53 } },
        { "checkpoint_version", Valid with { CheckpointVersion = null } },
        { "checkpoint_version", Valid with { CheckpointVersion = -1 } },
        { "checkpoint_version", Valid with { CheckpointVersion = 1L << 53 } },
        { "samples_per_sec", Valid with { HasSamplesPerSec = false } },
        { "samples_per_sec", Valid with { SamplesPerSec = -0.1 } },
        { "loss", Valid with { HasLoss = false } },
        { "notes", Valid with { Notes = new string('n', 4_097) } },
        { "notes", Valid with { Notes = "\0" } },
        { "checkpoint_uri", Valid with { CheckpointUri = new string('u', 2_049) } },
        { "queued_commands", Valid with { QueuedCommands = [CommandId.Parse("a"), default] } },
        { "metrics", Valid with { Metrics = Metrics(65) } },
        { "metrics", Valid with { Metrics = new Dictionary<string, double> { ["a\0"] = 1 } } },
        { "metrics metrics", Valid with { Metrics = new Dictionary<string, double>(Metrics(65)) { ["\ud800"] = 1 } } },
        {
            "checkpoint_version loss run_id samples_per_sec status step",
            new Heartbeat { HasLoss = false, HasSamplesPerSec = false }
        },
    };

    public static TheoryData<Heartbeat> Sound => new()
    {
        Valid,
        Valid with { Loss = null, SamplesPerSec = null },
        Valid with { Step = 0, CheckpointVersion = 0, SamplesPerSec = 0, Loss = -5 },
        Valid with { Step = (1L << 53) - 1, CheckpointVersion = (1L << 53) - 1 },
        Valid with { Loss = double.NaN, SamplesPerSec = double.NaN, Metrics = new Dictionary<string, double> { ["a"] = double.NegativeInfinity } },
        Valid with { Loss = double.NegativeInfinity, SamplesPerSec = double.PositiveInfinity },
        Valid with { Notes = new string('n', 4_096), CheckpointUri = new string('u', 2_048), Metrics = Metrics(64) },
        Valid with { Notes = "", CheckpointUri = "", Metrics = Metrics(0), QueuedCommands = [] },
        Valid with { Attempt = null, Beat = null, Notes = null },
        Valid with { Attempt = -1, Beat = -9_007_199_254_740_991 },
        Valid with { QueuedCommands = [CommandId.Parse("a")] },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void Every_member_at_fault_is_listed(string members, Heartbeat heartbeat) =>
        Assert.Equal(members, Errors.MembersOf(HeartbeatValidation.Check(heartbeat, 0)));

    [Theory]
    [MemberData(nameof(Sound))]
    public void What_the_contract_allows_is_taken(Heartbeat heartbeat) => Assert.Null(HeartbeatValidation.Check(heartbeat, 16));

    [Theory]
    [InlineData(-1, "commands")]
    [InlineData(0, "")]
    [InlineData(16, "")]
    [InlineData(17, "commands")]
    public void Up_to_16_commands_go_with_the_answer(int commands, string members) =>
        Assert.Equal(members, Errors.MembersOf(HeartbeatValidation.Check(Valid, commands)));

    private static Dictionary<string, double> Metrics(int count) => Enumerable.Range(0, count).ToDictionary(i => $"m{i}", i => (double)i);
}
