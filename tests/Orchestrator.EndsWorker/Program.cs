using Orchestrator.EndsWorker;

// Arguments: the API, the way to end, and the label of the run.
if (args[1] is "gateway" or "resilience")
{
    return await GatewayWorker.RunAsync(args);
}

var worker = new WorkerArguments(new Uri(args[0]), args[1], args[2]);
return worker.Mode == "host" ? await HostedWorker.RunAsync(worker) : await LoopWorker.RunAsync(worker);
