using System.CommandLine;
using Orchestrator.LoadTest;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Scenarios;

switch (args)
{
    case [HostVerb.Name, .. var host]:
        await HostVerb.ServeAsync(host);
        return 0;
    case [HoldVerb.Name, .. var held]:
        await HoldVerb.MeasureAsync(held);
        return 0;
    case [ScenarioVerb.Name, .. var scenario]:
        return await ScenarioVerb.MeasureAsync(scenario);
    default:
        // What children hold is let go before the process ends.
        var command = LoadTestCommand.Create().Parse(args);
        return await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
