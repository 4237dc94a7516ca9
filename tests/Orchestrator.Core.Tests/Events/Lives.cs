using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Events;

/// <summary>Runs that go through states, each a durable event, until they end.</summary>
internal static class Lives
{
    /// <summary>Runs <paramref name="count"/> lives at once, each with so many events in all.</summary>
    public static Task<RunId[]> LiveAsync(IOrchestrator orchestrator, int count, int events, string prefix = "life") =>
        Task.WhenAll(Enumerable.Range(0, count).Select(n => Task.Run(() => LiveAsync(orchestrator, $"{prefix}-{n}", events))));

    public static async Task<RunId> LiveAsync(IOrchestrator orchestrator, string id, int events)
    {
        var run = (await orchestrator.Runs.CreateAsync(TestHost.NewRun(id))).Value.Value.Id;
        for (var told = 2; told < events; told++)
        {
            await MoveAsync(orchestrator, run, told % 2 == 0 ? RunState.Running : RunState.Paused);
            await Task.Yield();
        }

        await MoveAsync(orchestrator, run, RunState.Failed);
        return run;
    }

    public static async Task MoveAsync(IOrchestrator orchestrator, RunId run, RunState to) =>
        _ = (await orchestrator.Runs.TransitionAsync(run, new TransitionRequest { To = to, Actor = TestHost.Ada })).Value;

    public static bool IsEnd(RunEvent told) => told.Data is StateChangedData { Transition.To: RunState.Failed };
}
