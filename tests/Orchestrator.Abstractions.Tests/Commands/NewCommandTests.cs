using CsCheck;

namespace Orchestrator.Abstractions.Tests.Commands;

public sealed class NewCommandTests
{
    private static readonly Actor Actor = new(ActorType.Operator, "ada");

    public static TheoryData<NewCommand, CommandType> WithoutPayload { get; } = new()
    {
        { NewCommand.Pause(Actor), CommandType.Pause },
        { NewCommand.Resume(Actor), CommandType.Resume },
    };

    [Theory]
    [MemberData(nameof(WithoutPayload))]
    public void Pause_and_resume_have_no_payload(NewCommand command, CommandType type)
    {
        Assert.Equal(type, command.Type);
        Assert.Equal(Actor, command.Actor);
        Assert.Null(command.Payload);
        Assert.Null(command.Id);
    }

    [Theory]
    [InlineData(false, """{"reason":"it \u0022diverged\u0022","final_checkpoint":false}""")]
    [InlineData(true, """{"reason":"it \u0022diverged\u0022","final_checkpoint":true}""")]
    public void Terminate_says_why_and_whether_a_last_checkpoint_is_wanted(bool finalCheckpoint, string payload)
    {
        var command = NewCommand.Terminate(Actor, "it \"diverged\"", finalCheckpoint);

        Assert.Equal(CommandType.Terminate, command.Type);
        Assert.Equal(Actor, command.Actor);
        Assert.Equal(payload, command.Payload!.Value.GetRawText());
    }

    [Fact]
    public void Tune_names_every_value_and_each_reads_back_exactly() => Gen.Double.Where(double.IsFinite).Sample(value =>
    {
        var command = NewCommand.Tune(Actor, KeyValuePair.Create("learning_rate", value), KeyValuePair.Create("entropy_coef", 0.01));

        Assert.Equal(CommandType.Tune, command.Type);
        Assert.Equal(Actor, command.Actor);
        Assert.Equal(["learning_rate", "entropy_coef"], command.Payload!.Value.EnumerateObject().Select(member => member.Name));
        Assert.Equal(value, command.Payload.Value.GetProperty("learning_rate").GetDouble());
    });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Tune_takes_only_numbers_that_JSON_has(double value) =>
        Assert.Throws<ArgumentException>(() => NewCommand.Tune(Actor, KeyValuePair.Create("learning_rate", value)));
}
