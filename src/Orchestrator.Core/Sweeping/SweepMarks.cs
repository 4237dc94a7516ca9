using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Sweeping;

/// <summary>Keeps the <see cref="SweepMark"/> that all hosts share. Whoever writes first is right; the others take its mark.</summary>
internal sealed class SweepMarks(IRunStore store, StoreClock clock, HealthOptions options)
{
    /// <summary>The mark as a look now would leave it.</summary>
    public async ValueTask<FoundMark> FindAsync(CancellationToken cancellationToken)
    {
        var (stored, version) = await ReadAsync(cancellationToken).ConfigureAwait(false);

        // Measured after the mark was read: only a clock that jumped is behind it, not a host that was held up.
        var now = await clock.MeasureAsync(cancellationToken).ConfigureAwait(false);
        return new FoundMark(SweepMark.Next(stored, now, options.SweepInterval), now, stored, version);
    }

    /// <summary>Marks a look that was carried out. Where another host has marked since the mark was found, its mark stays.</summary>
    public async ValueTask MarkAsync(FoundMark found)
    {
        if (found.Mark != found.Stored)
        {
            await store.TryWriteNoteAsync(SweepMark.Key, found.Mark.Write(), found.Version, told: null).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the policy wait, because most of the fleet fell silent in one sweep, and tells of it once.</summary>
    public async ValueTask HoldAsync(DateTimeOffset now, long silent, long watched, CancellationToken cancellationToken)
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
                return;
            }
        }
    }

    private async ValueTask<(SweepMark? Mark, long Version)> ReadAsync(CancellationToken cancellationToken) =>
        await store.ReadNoteAsync(SweepMark.Key, cancellationToken).ConfigureAwait(false) is { } note
            ? (SweepMark.Read(note.Value), note.Version)
            : (null, 0);
}

/// <summary>A mark that was found, and what it was made of.</summary>
/// <param name="Mark">The mark as a look at this moment leaves it.</param>
/// <param name="Now">The moment.</param>
/// <param name="Stored">The mark that the store held; <see langword="null"/> for none.</param>
/// <param name="Version">The version at which it stood.</param>
internal readonly record struct FoundMark(SweepMark Mark, DateTimeOffset Now, SweepMark? Stored, long Version);
