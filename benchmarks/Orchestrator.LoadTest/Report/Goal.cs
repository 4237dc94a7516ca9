using System.Globalization;

namespace Orchestrator.LoadTest.Report;

/// <summary>What is aimed at, of a measured value or of its ratio to what stands beside it.</summary>
/// <param name="Id">Which of the performance goals.</param>
/// <param name="OfRatio">Whether it is about the ratio.</param>
/// <param name="AtLeast">Whether more is better.</param>
/// <param name="Bound">The value that is just good enough.</param>
internal sealed record Goal(string Id, bool OfRatio, bool AtLeast, double Bound)
{
    public static Goal RatioAtLeast(string id, double bound) => new(id, OfRatio: true, AtLeast: true, bound);

    public static Goal RatioAtMost(string id, double bound) => new(id, OfRatio: true, AtLeast: false, bound);

    public static Goal ValueAtLeast(string id, double bound) => new(id, OfRatio: false, AtLeast: true, bound);

    public static Goal ValueAtMost(string id, double bound) => new(id, OfRatio: false, AtLeast: false, bound);

    public bool IsHeldBy(double value) => AtLeast ? value >= Bound : value <= Bound;

    public string Describe(Unit unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Id}: {(AtLeast ? "≥" : "≤")} {(OfRatio ? Unit.Times : unit).Format(Bound)}");
}
