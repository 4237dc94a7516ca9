using System.CommandLine;
using Orchestrator.LoadTest;
using Orchestrator.LoadTest.Hosts;

if (args is [HostVerb.Name, .. var host])
{
    await HostVerb.ServeAsync(host);
    return 0;
}

if (args is [HoldVerb.Name, .. var held])
{
    await HoldVerb.MeasureAsync(held);
    return 0;
}

// Children and schemas are let go before the process ends.
return await LoadTestCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
