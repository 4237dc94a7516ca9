using Orchestrator.Storage.Postgres.Rows;
using static Orchestrator.Storage.Postgres.Rows.Column<Orchestrator.Storage.Postgres.Tables.Entry<Orchestrator.RunManifest>>;

namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>The table <c>run_manifests</c>.</summary>
internal static class ManifestTable
{
    public static Table<Entry<RunManifest>> In(string schema) => new(
        schema + ".run_manifests",
        keys: [Text("run_id", entry => entry.Run.Value)],
        constants:
        [
            Json("launch_manifest", entry => entry.Item.LaunchManifest.GetRawText()),
            Json("overrides", entry => entry.Item.Overrides.GetRawText()),
        ],
        variables: []);
}
