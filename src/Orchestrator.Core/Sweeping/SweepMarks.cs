using Orchestrator.Storage;

namespace Orchestrator.Core.Sweeping;

/// <summary>Keeps the <see cref="SweepMark"/> that all hosts share. Whoever writes first is right; the others take its mark.</summary>
internal sealed class SweepMarks(IRunStore store, HealthOptions options)
{
    /// <summary>The mark as a sweep at this moment would leave it.</summary>
    public async ValueTask<SweepMark> FindAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (before, _) = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return SweepMark.Next(before, now, options.SweepInterval);
    }

    /// <summary>Marks a sweep that was carried out.</summary>
    public async ValueTask MarkAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (before, version) = await ReadAsync(cancellationToken).ConfigureAwait(false);
            var mark = SweepMark.Next(before, now, options.SweepInterval);
            if (mark == before || await store.TryWriteNoteAsync(SweepMark.Key, mark.Write(), version, told: null).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Makes the policy wait, because most of the fleet fell silent in one sweep, and tells of it once.</summary>
    public async ValueTask<SweepMark> HoldAsync(DateTimeOffset now, long silent, long watched, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (before, version) = await ReadAsync(cancellationToken).ConfigureAwait(false);
            var mark = (before ?? SweepMark.Next(null, now, options.SweepInterval)).WithSilence(now, options, out var isNews);
            var told = isNews
                ? new RunEvent(version + 1, EventType.FleetSilent, now, default, 0, new FleetSilentData(silent, watched, mark.PolicyWaitsUntil!.Value))
                : null;
            if (await store.TryWriteNoteAsync(SweepMark.Key, mark.Write(), version, told).ConfigureAwait(false))
            {
                return mark;
            }
        }
    }

    private async ValueTask<(SweepMark? Mark, long Version)> ReadAsync(CancellationToken cancellationToken) =>
        await store.ReadNoteAsync(SweepMark.Key, cancellationToken).ConfigureAwait(false) is { } note
            ? (SweepMark.Read(note.Value), note.Version)
            : (null, 0);
}
