using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Runs;

/// <summary>The rules of requests about runs, with the wire names of their members.</summary>
internal static class RunValidation
{
    private const int MaxActorId = 256;
    private const int MaxReason = 1_024;
    private const int MaxUri = 2_048;

    public static readonly TimeSpan LongestSnooze = TimeSpan.FromDays(366);

    public static Refusal? Check(NewRun request, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        faults.Require(request.Id is not { IsDefault: true }, "id", Rules.Id);
        faults.Require(!request.ExperimentId.IsDefault, "experiment_id", Rules.RequiredId);
        faults.Require(!request.VersionId.IsDefault, "version_id", Rules.RequiredId);
        Rules.JsonObject(ref faults, "launch_manifest", request.LaunchManifest);
        Rules.JsonObject(ref faults, "overrides", request.Overrides);
        Rules.Labels(ref faults, "labels", request.Labels);
        Rules.Labels(ref faults, "requires", request.Requires);
        Rules.Text(ref faults, "created_by", request.CreatedBy, MaxActorId);
        if (request.HealthPolicy is { } policy)
        {
            NotTooLong(ref faults, "health_policy.stale_after", policy.StaleAfter);
            NotTooLong(ref faults, "health_policy.unresponsive_after", policy.UnresponsiveAfter);
            NotTooLong(ref faults, "health_policy.stalled_after", policy.StalledAfter);
            faults.Require(!(policy.StaleAfter <= TimeSpan.Zero), "health_policy.stale_after", "must be above zero");
            faults.Require(!(policy.UnresponsiveAfter <= TimeSpan.Zero), "health_policy.unresponsive_after", "must be above zero");
            faults.Require(!(policy.UnresponsiveAfter <= policy.StaleAfter), "health_policy.unresponsive_after", "must be longer than stale_after");
            faults.Require(!(policy.StalledAfter < TimeSpan.Zero), "health_policy.stalled_after", "must not be negative");
        }

        return faults.ToRefusal();
    }

    public static Refusal? Check(TransitionRequest request, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        Rules.OneOf(ref faults, "to_state", request.To, RunStates.ToWireName);
        Rules.Actor(ref faults, request.Actor, context);
        Rules.Text(ref faults, "reason", request.Reason, MaxReason);
        Rules.Text(ref faults, "status_message", request.StatusMessage, Normal.MaxStatusMessage);
        Rules.Counter(ref faults, "final.step", request.Final?.Step);
        Rules.Counter(ref faults, "final.checkpoint_version", request.Final?.CheckpointVersion);
        Rules.Throughput(ref faults, "final.samples_per_sec", request.Final?.SamplesPerSec);
        Rules.Text(ref faults, "final.checkpoint_uri", request.Final?.CheckpointUri, MaxUri);
        Rules.Metrics(ref faults, "final.metrics", request.Final?.Metrics);
        Rules.ClaimId(ref faults, request.ClaimId);
        return faults.ToRefusal();
    }

    public static Refusal? Check(AttemptRequest request, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        Rules.Actor(ref faults, request.Actor, context);
        Rules.Text(ref faults, "reason", request.Reason, MaxReason);
        if (request.ResumeFrom is { } from)
        {
            // A transport has no other way to say that one of the two is missing than a negative number.
            Rules.Counter(ref faults, "resume_from.step", from.Step < 0 ? null : from.Step, required: true);
            Rules.Counter(ref faults, "resume_from.checkpoint_version", from.CheckpointVersion < 0 ? null : from.CheckpointVersion, required: true);
        }

        if (request.WorkerId is not null)
        {
            Rules.Text(ref faults, "worker_id", request.WorkerId, MaxActorId, required: true);
        }

        return faults.ToRefusal();
    }

    public static Refusal? Check(SnoozeRequest request, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        Rules.Actor(ref faults, request.Actor, context);
        Rules.Text(ref faults, "reason", request.Reason, MaxReason, required: true);
        Rules.Time(ref faults, "until", request.Until);
        faults.Require(request.Until is null != request.For is null, "until", "is required, or seconds in its place; not both");
        faults.Require(!(request.For < TimeSpan.Zero) && !(request.For > LongestSnooze), "seconds", "must be from 0 to 31622400 (366 days)");
        return faults.ToRefusal();
    }

    public static Refusal? Check(ClaimRequest request, CallContext context)
    {
        var faults = new Faults();
        Rules.Caller(ref faults, context);
        Rules.Text(ref faults, "worker_id", request.WorkerId, MaxActorId, required: true);
        Rules.Labels(ref faults, "labels", request.Labels);
        Rules.Labels(ref faults, "offers", request.Offers);
        faults.Require(request.Run is not { IsDefault: true }, "run_id", Rules.Id);
        Rules.Wait(ref faults, request.Wait);
        return faults.ToRefusal();
    }

    public static Refusal? Check(RunFilter filter, int limit)
    {
        var faults = new Faults();
        faults.Require(filter.States?.All(Enum.IsDefined) == true, "state", "must be one of " + string.Join(", ", Enum.GetValues<RunState>().Select(RunStates.ToWireName)));
        faults.Require(filter.Health?.All(Enum.IsDefined) == true, "health", "must be one of " + string.Join(", ", Enum.GetValues<HealthStatus>().Select(HealthStatuses.ToWireName)));
        faults.Require(filter.Experiments?.All(id => !id.IsDefault) == true, "experiment_id", Rules.Id);
        faults.Require(filter.Labels?.All(IsLabel) == true, "label", "must be name:value");
        faults.Require(filter.Labels?.All(label => Rules.IsStorable(label.Key ?? "") && Rules.IsStorable(label.Value ?? "")) != false, "label", Rules.Unstorable);
        faults.Require(limit is >= 1 and <= 500, "limit", "must be from 1 to 500");
        return faults.ToRefusal();
    }

    private static bool IsLabel(KeyValuePair<string, string> label) =>
        label is { Key.Length: > 0, Value: not null } && !label.Key.Contains(':', StringComparison.Ordinal);

    /// <summary>A threshold that can be added to any time of a run.</summary>
    private static void NotTooLong(ref Faults faults, string member, TimeSpan? threshold) =>
        faults.Require(!(threshold > TimeSpan.FromDays(365)), member, "must not be longer than 365 days");
}
