using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides what creating a run does: a new run, the one that exists, or a conflict with it.</summary>
internal sealed record CreateDecider(RunId Id, NewRun Request, OrchestratorOptions Options) : IDecider<Effect>
{
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
            CreatedBy = Request.CreatedBy,
            CreatedAt = now,
            ChangedAt = now,
            Revision = 0,
        };
        return new Decision<Effect>
        {
            Answer = Effect.Done,
            Change = RunDraft.Create(head, Request.CreatedBy ?? "orchestrator", Options).Build(Manifest),
        };
    }

    private RunManifest Manifest => new(Request.LaunchManifest!.Value, Request.Overrides!.Value);

    private bool IsSame(RunView view) =>
        view.Head.ExperimentId == Request.ExperimentId
        && view.Head.VersionId == Request.VersionId
        && view.Head.Priority == Request.Priority
        && view.Head.CreatedBy == Request.CreatedBy
        && view.Head.HealthPolicy == Request.HealthPolicy
        && AreSame(view.Head.Labels, Request.Labels)
        && AreSame(view.Head.Requires, Request.Requires)
        && view.Manifest is { } manifest
        && CanonicalJson.AreSame(manifest.LaunchManifest, Request.LaunchManifest!.Value)
        && CanonicalJson.AreSame(manifest.Overrides, Request.Overrides!.Value);

    private static bool AreSame(IReadOnlyDictionary<string, string> stored, IReadOnlyDictionary<string, string> asked) =>
        stored.Count == asked.Count && asked.All(pair => stored.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
