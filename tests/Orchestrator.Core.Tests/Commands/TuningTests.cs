using Orchestrator.Core.Commands;
using Orchestrator.Core.Tests.Runs;

namespace Orchestrator.Core.Tests.Commands;

public sealed class TuningTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""", true)]
    [InlineData("""{"a":1,"b":1}""", """{"a":2}""", true)]
    [InlineData("""{"a":1}""", """{"a":2,"b":2}""", false)]
    [InlineData("""{"a":1}""", """{"b":2}""", false)]
    [InlineData("""{"a":1,"notes":"x"}""", """{"a":2,"notes":"y"}""", true)]
    [InlineData("""{"a":1}""", """{"a":2,"notes":"y"}""", true)]
    [InlineData("""{"A":1}""", """{"a":2}""", false)]
    public void A_tune_covers_an_older_one_all_of_whose_names_it_sets(string newer, string older, bool covers) =>
        Assert.Equal(covers, Tuning.Covers(Tune(2, newer), Tune(1, older)));

    [Fact]
    public void What_was_asked_is_merged_without_the_notes()
    {
        var tuned = new Dictionary<string, TunedValue> { ["a"] = new(1, 1), ["b"] = new(2, 2) };

        var merged = Tuning.Merge(tuned, Tune(3, """{"a":5,"c":7,"notes":"x"}"""));

        Assert.Equal([("a", new(5, 3)), ("b", new(2, 2)), ("c", new(7, 3))], Pairs(merged));
        Assert.Equal([("a", new(1, 1)), ("b", new(2, 2))], Pairs(tuned));
    }

    [Fact]
    public void What_the_worker_applied_goes_before_what_was_asked()
    {
        var command = Tune(3, """{"a":5,"b":6}""") with { Acknowledgement = new Acknowledgement { Applied = new Dictionary<string, double> { ["a"] = 4.5 } } };

        Assert.Equal([("a", new(4.5, 3))], Pairs(Tuning.Merge(new Dictionary<string, TunedValue>(), command)));
    }

    [Fact]
    public void What_a_later_command_set_stays()
    {
        var tuned = new Dictionary<string, TunedValue> { ["a"] = new(1, 5), ["b"] = new(2, 3), ["c"] = new(3, 2) };

        Assert.Equal([("a", new(1, 5)), ("b", new(9, 3)), ("c", new(9, 3))], Pairs(Tuning.Merge(tuned, Tune(3, """{"a":9,"b":9,"c":9}"""))));
    }

    [Theory]
    [InlineData("""{"a":0.10,"b":2,"notes":"x"}""", """{"b":2,"notes":"x"}""")]
    [InlineData("""{"b":0.10,"c":1e-3}""", """{"b":0.10,"c":1e-3}""")]
    [InlineData("""{"a":1}""", """{}""")]
    public void A_tune_is_handed_out_without_what_a_later_command_set(string payload, string handedOut)
    {
        var tuned = new Dictionary<string, TunedValue> { ["a"] = new(1, 4), ["b"] = new(2, 3), ["c"] = new(1, 2) };
        var command = Tune(3, payload);

        Assert.Equal(handedOut, Tuning.WithoutOverridden(command, tuned).Payload!.Value.GetRawText());
        Assert.Equal(payload, command.Payload!.Value.GetRawText());
    }

    [Theory]
    [InlineData(CommandType.Pause)]
    [InlineData(CommandType.Terminate)]
    public void Other_commands_are_handed_out_as_they_are(CommandType type)
    {
        var command = RunViews.Command(1, type);

        Assert.Same(command, Tuning.WithoutOverridden(command, new Dictionary<string, TunedValue> { ["reason"] = new(1, 9) }));
    }

    private static IEnumerable<(string, TunedValue)> Pairs(IReadOnlyDictionary<string, TunedValue> tuned) =>
        tuned.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));

    private static Command Tune(long sequence, string payload) => RunViews.Command(sequence, CommandType.Tune, payload: payload);
}
