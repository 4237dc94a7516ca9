using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>What a queued run costs a host on which claims with labels of their own wait for other runs.</summary>
internal sealed class WaitingClaims : Scenario
{
    private const int Creations = 20;
    private const string Label = "x";

    public override string Name => "claims";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var things = new Disposables();
        var orchestrator = things.Add(Store.Memory.NewOrchestrator("")).GetRequiredService<IOrchestrator>();
        for (var run = 0; run < effort.QueuedRuns; run++)
        {
            await CreateAsync(orchestrator, "queued");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var claims = Enumerable.Range(0, effort.ParkedClaims).Select(claim => ClaimAsync(orchestrator, claim, end.Token)).ToArray();
        await Task.Delay(effort.Settle, stop);
        var milliseconds = new List<double>();
        for (var round = -1; round < effort.Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var run = 0; run < Creations; run++)
            {
                await CreateAsync(orchestrator, "none waits for it");
            }

            // What the creations woke runs beside them.
            await Task.Delay(effort.Settle, stop);
            if (round >= 0)
            {
                milliseconds.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Creations);
            }
        }

        if (Array.Exists(claims, claim => claim.IsCompleted))
        {
            throw new InvalidOperationException("A claim got a run that it did not ask for, or did not wait.");
        }

        await end.CancelAsync();
        await Task.WhenAll(claims).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        yield return Row.Of(
            Name,
            $"CPU of creating a run while {effort.ParkedClaims:N0} claims wait, each for a label of its own, beside {effort.QueuedRuns:N0} queued runs",
            Unit.Milliseconds,
            milliseconds,
            Goal.ValueAtMost("F11", 1));
    }

    private static async Task CreateAsync(IOrchestrator orchestrator, string label)
    {
        var request = new NewRun
        {
            ExperimentId = ExperimentId.Parse("load"),
            VersionId = VersionId.Parse("v1"),
            Labels = new Dictionary<string, string> { [Label] = label },
        };
        _ = (await orchestrator.Runs.CreateAsync(request)).Value;
    }

    private static async Task ClaimAsync(IOrchestrator orchestrator, int claim, CancellationToken end)
    {
        var request = new ClaimRequest { WorkerId = $"worker-{claim}", Labels = new Dictionary<string, string> { [Label] = $"{claim}" }, Wait = TimeSpan.FromSeconds(60) };
        _ = (await orchestrator.Runs.ClaimAsync(request, cancellationToken: end)).Value;
    }
}
