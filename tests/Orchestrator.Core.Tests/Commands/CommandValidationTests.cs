using Orchestrator.Core.Commands;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Core.Tests.Validation;

namespace Orchestrator.Core.Tests.Commands;

public sealed class CommandValidationTests
{
    private static readonly TunableSet Tunables = new OrchestratorOptions().Tunables.Add("batch_size", 1, 1024, wholeNumber: true);

    public static TheoryData<CommandType, string?, string> Payloads => new()
    {
        { CommandType.Pause, null, "" },
        { CommandType.Pause, "{}", "" },
        { CommandType.Pause, """{"a":1}""", "payload" },
        { CommandType.Pause, "[]", "payload" },
        { CommandType.Pause, "null", "payload" },
        { CommandType.Resume, null, "" },
        { CommandType.Resume, "{}", "" },
        { CommandType.Resume, """{"notes":"x"}""", "payload" },
        { CommandType.Terminate, null, "payload.reason" },
        { CommandType.Terminate, "{}", "payload.reason" },
        { CommandType.Terminate, "\"over\"", "payload" },
        { CommandType.Terminate, """{"reason":"x"}""", "" },
        { CommandType.Terminate, $$"""{"reason":"{{Long(256)}}","final_checkpoint":true}""", "" },
        { CommandType.Terminate, """{"reason":"x","final_checkpoint":false}""", "" },
        { CommandType.Terminate, """{"reason":"x","final_checkpoint":null}""", "" },
        { CommandType.Terminate, """{"reason":"x","final_checkpoint":"true"}""", "payload.final_checkpoint" },
        { CommandType.Terminate, """{"reason":"x","final_checkpoint":1}""", "payload.final_checkpoint" },
        { CommandType.Terminate, """{"reason":""}""", "payload.reason" },
        { CommandType.Terminate, """{"reason":1}""", "payload.reason" },
        { CommandType.Terminate, """{"reason":"a\u0000"}""", "payload.reason" },
        { CommandType.Terminate, """{"reason":"a\ud800"}""", "payload.reason" },
        { CommandType.Terminate, $$"""{"reason":"{{Long(257)}}"}""", "payload.reason" },
        { CommandType.Terminate, """{"final_checkpoint":2,"other":1}""", "payload payload.final_checkpoint payload.reason" },
        { CommandType.Tune, null, "payload" },
        { CommandType.Tune, "{}", "payload" },
        { CommandType.Tune, "[]", "payload" },
        { CommandType.Tune, """{"notes":"x"}""", "payload" },
        { CommandType.Tune, """{"learning_rate":1}""", "" },
        { CommandType.Tune, """{"learning_rate":1e-300}""", "" },
        { CommandType.Tune, """{"learning_rate":0}""", "payload.learning_rate" },
        { CommandType.Tune, """{"learning_rate":1.0000001}""", "payload.learning_rate" },
        { CommandType.Tune, """{"learning_rate":1e999}""", "payload.learning_rate" },
        { CommandType.Tune, """{"learning_rate":"0.1"}""", "payload.learning_rate" },
        { CommandType.Tune, """{"learning_rate":null}""", "payload.learning_rate" },
        { CommandType.Tune, """{"entropy_coef":0}""", "" },
        { CommandType.Tune, """{"entropy_coef":0.1}""", "" },
        { CommandType.Tune, """{"entropy_coef":-0.0001}""", "payload.entropy_coef" },
        { CommandType.Tune, """{"entropy_coef":0.1001}""", "payload.entropy_coef" },
        { CommandType.Tune, """{"clip_epsilon":0.05}""", "" },
        { CommandType.Tune, """{"clip_epsilon":0.3}""", "" },
        { CommandType.Tune, """{"clip_epsilon":0.0499}""", "payload.clip_epsilon" },
        { CommandType.Tune, """{"clip_epsilon":0.3001}""", "payload.clip_epsilon" },
        { CommandType.Tune, """{"batch_size":64.0,"notes":"x"}""", "" },
        { CommandType.Tune, """{"batch_size":64.5}""", "payload.batch_size" },
        { CommandType.Tune, """{"momentum":0.9}""", "payload.momentum" },
        { CommandType.Tune, """{"Learning_Rate":0.9}""", "payload.Learning_Rate" },
        { CommandType.Tune, """{"learning_rate":0.1,"notes":null}""", "" },
        { CommandType.Tune, """{"learning_rate":0.1,"notes":5}""", "payload.notes" },
        { CommandType.Tune, $$"""{"learning_rate":0.1,"notes":"{{Long(4_096)}}"}""", "" },
        { CommandType.Tune, $$"""{"learning_rate":0.1,"notes":"{{Long(4_097)}}"}""", "payload.notes" },
        { CommandType.Tune, """{"learning_rate":0.1,"notes":"\u0000"}""", "payload" },
        { CommandType.Tune, """{"learning_rate":2,"momentum":1,"notes":1}""", "payload.learning_rate payload.momentum payload.notes" },
    };

    public static TheoryData<string, Acknowledgement> Acknowledgements => new()
    {
        { "", new Acknowledgement() },
        { "", new Acknowledgement { Outcome = AckOutcome.Rejected, Reason = Long(1_024), Step = 0, Attempt = -1, Applied = Values(64) } },
        { "outcome", new Acknowledgement { Outcome = (AckOutcome)3 } },
        { "reason", new Acknowledgement { Reason = Long(1_025) } },
        { "step", new Acknowledgement { Step = -1 } },
        { "applied", new Acknowledgement { Applied = Values(65) } },
        { "applied", new Acknowledgement { Applied = new Dictionary<string, double> { ["a"] = double.NaN } } },
        { "applied", new Acknowledgement { Applied = new Dictionary<string, double> { ["a"] = double.NegativeInfinity } } },
        { "applied", new Acknowledgement { Applied = new Dictionary<string, double> { [""] = 1 } } },
        { "applied", new Acknowledgement { Applied = new Dictionary<string, double> { [Long(65)] = 1 } } },
        { "applied", new Acknowledgement { Applied = new Dictionary<string, double> { ["\0"] = 1 } } },
        {
            "applied applied outcome reason step",
            new Acknowledgement { Outcome = default, Reason = "\0", Step = 1L << 53, Applied = new Dictionary<string, double> { [""] = double.NaN } }
        },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_payload_is_checked_by_the_type_of_the_command(CommandType type, string? payload, string members)
    {
        var request = new NewCommand { Type = type, Actor = RunViews.Ada, Payload = payload is null ? null : RunViews.Json(payload) };

        Assert.Equal(members, Errors.MembersOf(CommandValidation.Check(request, Tunables, CallContext.Empty)));
    }

    [Fact]
    public void The_rule_of_a_tunable_is_told()
    {
        var request = NewCommand.Tune(RunViews.Ada, new("learning_rate", 2), new("batch_size", 0));

        var errors = Errors.ListOf(CommandValidation.Check(request, Tunables, CallContext.Empty));

        Assert.Equal(["must be a number in (0, 1]"], errors["payload.learning_rate"]);
        Assert.Equal(["must be a whole number in [1, 1024]"], errors["payload.batch_size"]);
    }

    [Fact]
    public void Every_member_at_fault_is_listed()
    {
        var request = new NewCommand { Id = default(CommandId), Type = (CommandType)5, Actor = new Actor(default, Long(257)) };

        Assert.Equal(
            "Idempotency-Key actor.id actor.type id type",
            Errors.MembersOf(CommandValidation.Check(request, Tunables, new CallContext { IdempotencyKey = " " })));
        Assert.Equal("actor type", Errors.MembersOf(CommandValidation.Check(new NewCommand(), Tunables, CallContext.Empty)));
        Assert.Equal("actor payload.reason", Errors.MembersOf(CommandValidation.Check(new NewCommand { Type = CommandType.Terminate }, Tunables, CallContext.Empty)));
    }

    [Fact]
    public void An_authenticated_caller_need_not_name_an_actor() =>
        Assert.Null(CommandValidation.Check(new NewCommand { Type = CommandType.Pause }, Tunables, new CallContext { Principal = "ada" }));

    [Fact]
    public void What_the_library_makes_is_taken()
    {
        NewCommand[] made =
        [
            NewCommand.Pause(RunViews.Ada),
            NewCommand.Resume(RunViews.Ada),
            NewCommand.Terminate(RunViews.Ada, "over", finalCheckpoint: true),
            NewCommand.Tune(RunViews.Ada, new KeyValuePair<string, double>("learning_rate", 0.1)),
        ];

        Assert.All(made, request => Assert.Null(CommandValidation.Check(request, Tunables, CallContext.Empty)));
    }

    [Theory]
    [MemberData(nameof(Acknowledgements))]
    public void An_acknowledgement_is_checked_member_by_member(string members, Acknowledgement acknowledgement) =>
        Assert.Equal(members, Errors.MembersOf(CommandValidation.Check(acknowledgement, CallContext.Empty)));

    private static Dictionary<string, double> Values(int count) => Enumerable.Range(0, count).ToDictionary(i => $"t{i}", i => (double)i);

    private static string Long(int length) => new('x', length);
}
