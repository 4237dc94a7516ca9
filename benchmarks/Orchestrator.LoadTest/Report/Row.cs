using Orchestrator.LoadTest.Measuring;

namespace Orchestrator.LoadTest.Report;

/// <summary>A line of the table.</summary>
/// <param name="Scenario">What it belongs to.</param>
/// <param name="What">What was measured.</param>
internal sealed record Row(string Scenario, string What)
{
    public Unit Unit { get; init; } = Unit.Count;

    public Spread? Measured { get; init; }

    /// <summary>What it is held against: a ceiling, or a peer.</summary>
    public string? Beside { get; init; }

    public Spread? BesideMeasured { get; init; }

    public Spread? Ratio { get; init; }

    public Goal? Goal { get; init; }

    /// <summary>Why there is nothing to tell; <see langword="null"/> when it was measured.</summary>
    public string? NotMeasured { get; init; }

    /// <summary>Whether the median holds the goal; <see langword="null"/> where there is none, or nothing was measured.</summary>
    public bool? Held => Goal is null ? null : (Goal.OfRatio ? Ratio : Measured) is { } spread ? Goal.IsHeldBy(spread.Median) : null;

    public string Verdict => NotMeasured is not null ? $"not measured: {NotMeasured}" : Held switch { true => "held", false => "missed", null => "" };

    /// <summary>A row with a value and its ratio to another, round by round.</summary>
    public static Row Compare(
        string scenario, string what, Unit unit, IReadOnlyList<double> ours, string beside, IReadOnlyCollection<double> theirs, Goal? goal = null) => new(scenario, what)
        {
            Unit = unit,
            Measured = Spread.Of(ours),
            Beside = beside,
            BesideMeasured = Spread.Of(theirs),
            Ratio = Spread.OfRatios(ours, theirs),
            Goal = goal,
        };

    /// <summary>A row with a value of its own.</summary>
    public static Row Of(string scenario, string what, Unit unit, IReadOnlyList<double> ours, Goal? goal = null) =>
        new(scenario, what) { Unit = unit, Measured = Spread.Of(ours), Goal = goal };

    public static Row Without(string scenario, string what, string why) => new(scenario, what) { NotMeasured = why };
}
