using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Heartbeats;

/// <summary>The shape of a heartbeat (contract, section 2), with the wire names of its members.</summary>
internal static class HeartbeatValidation
{
    public static Refusal? Check(Heartbeat heartbeat, int commands)
    {
        var faults = new Faults();
        faults.Require(!heartbeat.RunId.IsDefault, "run_id", Rules.RequiredId);
        if (heartbeat.Status is not (RuntimeStatus.Running or RuntimeStatus.Paused or RuntimeStatus.Terminating or RuntimeStatus.Errored))
        {
            Rules.OneOf(ref faults, "status", heartbeat.Status, RuntimeStatuses.ToWireName);
        }

        Rules.Counter(ref faults, "step", heartbeat.Step, required: true);
        Rules.Counter(ref faults, "checkpoint_version", heartbeat.CheckpointVersion, required: true);
        faults.Require(heartbeat.HasSamplesPerSec, "samples_per_sec", "is required, and null where it is not measured");
        faults.Require(heartbeat.HasLoss, "loss", "is required, and null where it is not measured");
        Rules.Integer(ref faults, "beat", heartbeat.Beat);
        Rules.Throughput(ref faults, "samples_per_sec", heartbeat.SamplesPerSec);
        Rules.Text(ref faults, "notes", heartbeat.Notes, Normal.MaxStatusMessage);
        Rules.Text(ref faults, "checkpoint_uri", heartbeat.CheckpointUri, 2_048);
        faults.Require(commands is >= 0 and <= 16, "commands", "must be from 0 to 16");
        Rules.Queued(ref faults, "queued_commands", heartbeat.QueuedCommands);
        Rules.Metrics(ref faults, "metrics", heartbeat.Metrics);
        Rules.ClaimId(ref faults, heartbeat.ClaimId);
        return faults.ToRefusal();
    }
}
