using System.Runtime.InteropServices;
using Orchestrator.Storage;

namespace Orchestrator.Core.Listing;

/// <summary>
/// Reads a page of runs with their manifests, which ends at 8 MiB of them: 500 manifests of the largest size would take a host 125 MiB a call. Manifests that
/// came over HTTP are at most 256 KiB each, so that each read takes as many runs as surely fit in what is left.
/// </summary>
internal static class FullPage
{
    private const int MaxBytes = 8 * 1024 * 1024;
    private const int LargestManifest = 256 * 1024;

    public static async ValueTask<Page<RunView>> ReadAsync(
        IRunStore store, RunFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var views = new List<RunView>();
        var bytes = 0L;
        do
        {
            var count = Math.Min(limit - views.Count, Math.Max(1, (MaxBytes - bytes) / LargestManifest));
            var page = await store.ListAsync(filter, (int)count, cursor, RunDetail.Full, cancellationToken).ConfigureAwait(false);
            views.AddRange(page.Items);
            bytes += page.Items.Sum(BytesOf);
            cursor = page.Next;
        }
        while (cursor is not null && views.Count < limit && bytes <= MaxBytes - LargestManifest);

        return new Page<RunView>(views, cursor);
    }

    private static long BytesOf(RunView view) => view.Manifest is { } manifest
        ? JsonMarshal.GetRawUtf8Value(manifest.LaunchManifest).Length + JsonMarshal.GetRawUtf8Value(manifest.Overrides).Length
        : 0;
}
