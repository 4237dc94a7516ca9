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
    public void What_the_worker_applied_goes_before_what_was_asked_and_what_it_did_not_answer_keeps_its_value()
    {
        var tuned = new Dictionary<string, TunedValue> { ["b"] = new(2, 1) };

        Assert.Equal([("a", new(4.5, 3)), ("b", new(2, 3)), ("c", new(null, 3))], Pairs(Tuning.Merge(tuned, Applied(3, """{"a":5,"b":6,"c":7}""", ["a"], 4.5))));
    }

    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData("""{"a":1,"b":1}""", false)]
    public void An_answer_that_leaves_out_what_was_asked_ends_the_older_tunes_of_it_all_the_same(string older, bool isOver)
    {
        var tuned = Tuning.Merge(new Dictionary<string, TunedValue>(), Applied(3, """{"a":5}""", []));

        Assert.Equal(isOver, Tuning.IsOverridden(Tune(2, older), tuned));
        Assert.Equal(isOver ? "{}" : """{"b":1}""", Tuning.WithoutOverridden(Tune(2, older), tuned).Payload!.Value.GetRawText());
    }

    [Fact]
    public void A_name_that_the_worker_tells_of_unasked_ends_no_older_tune_of_it()
    {
        var older = Tune(1, """{"entropy_coef":0.01}""");

        var tuned = Tuning.Merge(new Dictionary<string, TunedValue>(), Applied(2, """{"learning_rate":0.05}""", ["learning_rate", "entropy_coef"], 0.05));
        Assert.Equal([("entropy_coef", new(0.05, 0)), ("learning_rate", new(0.05, 2))], Pairs(tuned));
        Assert.False(Tuning.IsOverridden(older, tuned));
        Assert.Same(older, Tuning.WithoutOverridden(older, tuned));

        Assert.Equal([("entropy_coef", new(0.01, 1)), ("learning_rate", new(0.05, 2))], Pairs(Tuning.Merge(tuned, older)));
    }

    [Fact]
    public void Names_that_nobody_asked_for_have_a_bound_and_crowd_out_none_that_was_asked_for()
    {
        string[] extra = [.. Enumerable.Range(0, 100).Select(n => $"extra-{n:00}")];
        var crowded = Tuning.Merge(new Dictionary<string, TunedValue>(), Applied(1, """{"a":1}""", extra));
        Assert.Equal(64, crowded.Count);

        var merged = Tuning.Merge(crowded, Applied(2, """{"a":1,"b":2,"c":3}""", ["b", .. extra], 4));
        Assert.Equal((66, new TunedValue(null, 2), new TunedValue(4, 2), new TunedValue(null, 2)), (merged.Count, merged["a"], merged["b"], merged["c"]));
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

    /// <summary>A tune that the worker answered with one value for these names.</summary>
    private static Command Applied(long sequence, string payload, string[] names, double value = 0) => Tune(sequence, payload) with
    {
        Acknowledgement = new Acknowledgement { Applied = names.ToDictionary(name => name, _ => value) },
    };

    private static Command Tune(long sequence, string payload) => RunViews.Command(sequence, CommandType.Tune, payload: payload);
}
