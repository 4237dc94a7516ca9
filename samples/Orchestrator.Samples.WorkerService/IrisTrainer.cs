using Microsoft.Extensions.Logging;
using Orchestrator.Samples.Trainer;

namespace Orchestrator.Samples.WorkerService;

/// <summary>Executes one run. The host makes a new one for each.</summary>
internal sealed partial class IrisTrainer(Settings settings, ILogger<IrisTrainer> logger) : ITrainer
{
    private readonly ILogger _logger = logger;

    public Task RunAsync(WorkerRun run, CancellationToken cancellationToken) =>
        new IrisTraining(settings.Checkpoints, settings.Pace, LogTold).RunAsync(run, cancellationToken);

    [LoggerMessage(LogLevel.Information, "{What}")]
    private partial void LogTold(string what);
}
