using Orchestrator;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddOrchestratorClient(client => client.BaseAddress = new Uri(builder.Configuration["server"] ?? "http://localhost:5000/api/v1"));
builder.Services.AddOrchestratorWorker<Trainer>();
builder.Build().Run();

internal sealed class Trainer : ITrainer
{
    public async Task RunAsync(WorkerRun run, CancellationToken cancellationToken)
    {
        for (var step = 1; step <= 1_000; step++)
        {
            await run.CheckControlAsync(cancellationToken);
            var loss = 1.0 / step; // a step of your training
            run.Report(step, loss, samples: 32);
        }
    }
}
