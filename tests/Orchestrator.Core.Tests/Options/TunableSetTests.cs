namespace Orchestrator.Core.Tests.Options;

public sealed class TunableSetTests
{
    [Fact]
    public void The_default_set_is_that_of_the_contract() =>
        Assert.Equal(
            ["clip_epsilon: a number in [0.05, 0.3]", "entropy_coef: a number in [0, 0.1]", "learning_rate: a number in (0, 1]"],
            new OrchestratorOptions().Tunables.Select(tunable => $"{tunable.Name}: {tunable.Rule}").Order());

    [Theory]
    [InlineData(true, true, false, "01")]
    [InlineData(false, true, false, "1")]
    [InlineData(true, false, false, "0")]
    [InlineData(false, false, false, "")]
    public void Bounds_are_inclusive_or_not(bool minInclusive, bool maxInclusive, bool wholeNumber, string accepted)
    {
        var tunable = Declared(set => set.Add("t", 0, 1, minInclusive, maxInclusive, wholeNumber));

        Assert.Equal(accepted, string.Concat(new[] { 0.0, 1.0 }.Where(tunable.Accepts)));
        Assert.True(tunable.Accepts(0.5));
        Assert.All([-0.001, 1.001, double.NaN, double.PositiveInfinity, double.NegativeInfinity], value => Assert.False(tunable.Accepts(value)));
    }

    [Fact]
    public void A_whole_number_has_no_fraction()
    {
        var tunable = Declared(set => set.Add("t", -5, 5, wholeNumber: true));

        Assert.Equal("a whole number in [-5, 5]", tunable.Rule);
        Assert.Equal([-5, 0, 3], new[] { -5, -0.5, 0, 2.999, 3 }.Where(tunable.Accepts));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("notes")]
    [InlineData(null)]
    public void A_name_that_is_no_name_is_refused(string? name) =>
        Assert.ThrowsAny<ArgumentException>(() => new OrchestratorOptions().Tunables.Add(name!, 0, 1));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_name_has_at_most_64_characters(int length, bool isName)
    {
        var fault = Record.Exception(() => new OrchestratorOptions().Tunables.Add(new string('t', length), 0, 1));

        Assert.Equal(isName, fault is null);
        Assert.True(isName || fault is ArgumentException);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    public void Bounds_that_leave_nothing_are_refused_with_both_values(double min, double max)
    {
        var fault = Assert.Throws<ArgumentException>(() => new OrchestratorOptions().Tunables.Add("t", min, max));

        Assert.StartsWith(FormattableString.Invariant($"The lower bound of 't' ({min}) must be below the upper one ({max})."), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tunable_is_declared_anew_and_all_are_taken_away()
    {
        var set = new OrchestratorOptions().Tunables.Add("learning_rate", 0, 10);

        Assert.True(set.TryGet("learning_rate", out var tunable) && tunable.Accepts(5));
        Assert.Equal(3, set.Count);
        Assert.False(set.TryGet("Learning_Rate", out _));
        Assert.Empty(set.Clear());
    }

    private static Tunable Declared(Action<TunableSet> declare)
    {
        var set = new OrchestratorOptions().Tunables;
        declare(set);
        Assert.True(set.TryGet("t", out var tunable));
        return tunable;
    }
}
