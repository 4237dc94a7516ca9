using System.Text.Json;
using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Trainer;

/// <summary>Trains a classifier on Fisher's irises as a run's manifest says, and goes on from the run's checkpoint when there is one.</summary>
/// <param name="checkpoints">The folder of the checkpoints, one file a run; workers that may take over from each other share it.</param>
/// <param name="pace">A rest after every step, so that a person can follow. A real training has none.</param>
/// <param name="say">Tells what happens.</param>
internal sealed class IrisTraining(string checkpoints, TimeSpan pace, Action<string> say)
{
    private const long CheckpointEvery = 100;

    private static readonly DataSplit Data = DataSplit.Stratified(IrisData.Load(), seed: 1);

    /// <summary>Trains to the end, or until the run is to stop.</summary>
    public async Task RunAsync(WorkerRun run, CancellationToken cancellationToken)
    {
        var file = Path.Combine(checkpoints, run.Id + ".checkpoint.json");
        var manifest = run.Run.LaunchManifest.GetValueOrDefault();
        var steps = Setting(manifest, "steps", 2_000);
        var trainer = Begin(run, file, manifest);
        run.OnTune = tune => Tune(trainer, tune);
        try
        {
            while (trainer.CurrentStep < steps)
            {
                await run.CheckControlAsync(CancellationToken.None);
                var seen = trainer.SamplesSeen;
                var loss = trainer.Step();
                run.Report(trainer.CurrentStep, loss, samples: trainer.SamplesSeen - seen);
                if (trainer.CurrentStep % CheckpointEvery == 0)
                {
                    Save(run, trainer, file);
                }

                await Task.Delay(pace, cancellationToken);
            }

            Save(run, trainer, file);
            say(FormattableString.Invariant($"{run.Id}: done, test accuracy {trainer.TestAccuracy():0.000}"));
        }
        catch (StopRequestedException stop)
        {
            say($"{run.Id}: stops at step {trainer.CurrentStep} ({stop.Cause}: {stop.Reason})");
            if (stop.FinalCheckpoint)
            {
                Save(run, trainer, file);
            }

            throw;
        }
    }

    private Quickstart.Training.Trainer Begin(WorkerRun run, string file, JsonElement manifest)
    {
        // The first attempt of a run begins anew, whatever a run of the same name has left.
        if (run.Attempt > 1 && File.Exists(file))
        {
            var resumed = Quickstart.Training.Trainer.Resume(file, Data);
            say($"{run.Id}: attempt {run.Attempt} goes on from checkpoint {resumed.CheckpointVersion}, step {resumed.CurrentStep}");
            return resumed;
        }

        say($"{run.Id}: attempt {run.Attempt} begins");
        return new Quickstart.Training.Trainer(
            Data, (int)Setting(manifest, "seed", 1), Setting(manifest, "learning_rate", 0.05), (int)Setting(manifest, "batch_size", 16));
    }

    private void Save(WorkerRun run, Quickstart.Training.Trainer trainer, string file)
    {
        trainer.SaveCheckpoint(file);
        run.ReportCheckpoint(trainer.CheckpointVersion, trainer.CurrentStep, new Uri(Path.GetFullPath(file)).ToString());
        say($"{run.Id}: checkpoint {trainer.CheckpointVersion} at step {trainer.CurrentStep}");
    }

    private static TuneResult Tune(Quickstart.Training.Trainer trainer, TuneRequest tune)
    {
        if (!tune.Values.TryGetValue("learning_rate", out var learningRate))
        {
            return TuneResult.Rejected("This training has a learning rate and nothing else to tune.");
        }

        trainer.LearningRate = learningRate;
        return TuneResult.Applied(new Dictionary<string, double> { ["learning_rate"] = learningRate });
    }

    private static double Setting(JsonElement manifest, string name, double usual) =>
        manifest.ValueKind == JsonValueKind.Object && manifest.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : usual;
}
