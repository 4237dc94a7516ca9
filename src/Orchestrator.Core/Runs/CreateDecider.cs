using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides what creating a run does: a new run, the one that exists, or a conflict with it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="Principal">The authenticated caller; <see langword="null"/> for none.</param>
/// <param name="Options">The options.</param>
internal sealed record CreateDecider(RunId Id, NewRun Request, string? Principal, OrchestratorOptions Options) : IDecider<Effect>
{
    /// <summary>The actor of a creation that names none, of a caller that is not authenticated.</summary>
    private const string Nameless = "orchestrator";

    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is not null)
        {
            return IsSame(view) ? Decision<Effect>.Unchanged(Effect.None) : Decision<Effect>.Refuse(Refusals.RunIdConflict(Id));
        }

        var head = new RunHead
        {
            Id = Id,
            ExperimentId = Request.ExperimentId,
            VersionId = Request.VersionId,
            Priority = Request.Priority,
            Labels = Request.Labels,
            Requires = Request.Requires,
            HealthPolicy = Request.HealthPolicy,
            CreatedBy = Creator,
            CreatedAt = now,
            Fingerprint = Fingerprint,
            ChangedAt = now,
            Revision = 0,
        };
        return new Decision<Effect>
        {
            Answer = Effect.Done,
            Change = RunDraft.Create(head, Creator ?? Nameless, Options).Build(Manifest),
            Audit = new AuditAction(
                ActorType.Operator.ToWireName(), Creator ?? Nameless, "run.create", Request.CreatedBy == Creator ? null : Request.CreatedBy),
        };
    }

    private RunManifest Manifest => new(Request.LaunchManifest!.Value, Request.Overrides!.Value);

    /// <summary>Who creates the run. The request's word counts only where no caller is authenticated.</summary>
    private string? Creator => Principal ?? Request.CreatedBy;

    /// <summary>The request apart from its id, which may be absent in one request and given in the same request sent again.</summary>
    private string Fingerprint => RequestHash.Of(Request with { Id = null });

    private bool IsSame(RunView view) => view.Head.Fingerprint is { } fingerprint
        ? fingerprint == Fingerprint && view.Head.CreatedBy == Creator && HasSameManifest(view)
        : HasSameMembers(view);

    /// <summary>The manifest never changes, and a fingerprint takes fractions for doubles: it is compared by all its digits.</summary>
    private bool HasSameManifest(RunView view) =>
        view.Manifest is { } manifest && CanonicalJson.AreSame(manifest.LaunchManifest, Request.LaunchManifest!.Value);

    /// <summary>Compares with a run from before there were fingerprints.</summary>
    private bool HasSameMembers(RunView view) =>
        view.Head.ExperimentId == Request.ExperimentId
        && view.Head.VersionId == Request.VersionId
        && view.Head.Priority == Request.Priority
        && view.Head.CreatedBy == Request.CreatedBy
        && view.Head.HealthPolicy == Request.HealthPolicy
        && AreSame(view.Head.Labels, Request.Labels)
        && AreSame(view.Head.Requires, Request.Requires)
        && HasSameManifest(view)
        && CanonicalJson.AreSame(view.Manifest!.Overrides, Request.Overrides!.Value);

    private static bool AreSame(IReadOnlyDictionary<string, string> stored, IReadOnlyDictionary<string, string> asked) =>
        stored.Count == asked.Count && asked.All(pair => stored.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
