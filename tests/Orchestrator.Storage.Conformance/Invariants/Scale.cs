using System.Globalization;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>How much is tried: the environment variable <c>ORCHESTRATOR_TEST_SCALE</c>, such as <c>10</c> or <c>0.1</c>, multiplies it.</summary>
internal static class Scale
{
    private const string Variable = "ORCHESTRATOR_TEST_SCALE";

    /// <param name="count">How much is tried without the variable.</param>
    /// <param name="least">The least that is tried with it.</param>
    public static int Of(int count, int least = 10) => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } scale
        ? (int)Math.Clamp(count * double.Parse(scale, CultureInfo.InvariantCulture), least, int.MaxValue)
        : count;
}
