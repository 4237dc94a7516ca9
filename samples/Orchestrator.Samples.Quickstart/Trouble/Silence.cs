using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Operator;

namespace Orchestrator.Samples.Quickstart.Trouble;

/// <summary>A worker that falls silent, as one whose process or network hangs, until it is concluded to be unresponsive; and that comes back.</summary>
public sealed class Silence(Outage outage, OperatorApi api, string runId, Action<string> tell)
{
    /// <summary>The longest threshold with which it is shown.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3);

    /// <summary>Whether it ends soon, and leaves the run to the worker.</summary>
    public static bool CanBeShown(HealthOptions options) =>
        options.UnresponsiveAfter + options.SweepInterval <= Longest && options.OnUnresponsive == UnresponsivePolicy.Recommend;

    /// <summary>Lets the worker fall silent and come back.</summary>
    /// <exception cref="UnexpectedException">Its silence was not noticed, or its return was not.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Before, cancellationToken);
        tell("falls silent: its calls hang, and it trains on");
        outage.Begin();
        await WaitForHealthAsync("unresponsive", cancellationToken);

        outage.End();
        await WaitForHealthAsync("healthy", cancellationToken);
        tell("is heard again");
    }

    private Task<JsonNode> WaitForHealthAsync(string health, CancellationToken cancellationToken) => Patience.WaitForAsync(
        () => api.GetRunAsync(runId, cancellationToken), run => (string?)run["health_status"] == health, $"become {health}", cancellationToken);
}
