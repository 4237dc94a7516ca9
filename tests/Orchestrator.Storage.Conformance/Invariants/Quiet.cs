namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>An engine that never notices silence, unless a test asks for it.</summary>
internal static class Quiet
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(3650);

    public static OrchestratorOptions Options() => new()
    {
        Health =
        {
            StaleAfter = Never, UnresponsiveAfter = 2 * Never, StartTimeout = Never, StalledAfter = TimeSpan.Zero,

            // However far a test moves the clock between two sweeps: it is no outage.
            SweepInterval = TimeSpan.FromDays(1),
        },
    };
}
