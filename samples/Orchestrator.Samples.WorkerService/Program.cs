using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orchestrator;
using Orchestrator.Samples.Trainer;
using Orchestrator.Samples.WorkerService;

try
{
    var builder = Host.CreateApplicationBuilder(args);
    var settings = Settings.Read(builder.Configuration);
    builder.Services.AddSingleton(settings);
    builder.Services.AddOrchestratorClient(options => options.BaseAddress = settings.Server);
    builder.Services.AddOrchestratorWorker<IrisTrainer>(options =>
    {
        options.WorkerId = settings.Worker;
        options.MaxConcurrentRuns = builder.Configuration.GetValue("runs", 4);
        options.Run = new WorkerRunOptions { Interval = settings.Interval, FinalReportTimeout = settings.Goodbye };
    });
    await builder.Build().RunAsync();
    return 0;
}
catch (Exception fault) when (fault is FormatException or InvalidOperationException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync("The worker does not start: " + fault.Message);
    return 1;
}
