using System.Runtime.CompilerServices;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Events;

/// <summary>Reads the events that there are. A stream of events has no end, so the position of the last one is asked for first.</summary>
internal sealed class EventHistory(IOrchestrator orchestrator, TimeProvider time)
{
    // The last events of the feed may be no longer kept; then nothing comes that has the position of the end.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3);

    public async IAsyncEnumerable<EventMessage> ReadAsync(EventSubscription wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = (await orchestrator.SubscribeAsync(new EventSubscription { Run = wanted.Run }, cancellationToken)).Value.Start;
        // All types but progress, which is not kept: the last event may be of a type that is not wanted.
        var all = wanted with { After = wanted.After ?? EventSubscription.Start, Types = [.. Enum.GetValues<EventType>().Where(type => type != EventType.RunProgress)] };
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        var reading = (await orchestrator.SubscribeAsync(all, cancellationToken)).Value;
        if (reading.Start == end)
        {
            yield break;
        }

        await using var events = reading.GetAsyncEnumerator(either.Token);
        while (await NextAsync(events, silence, cancellationToken))
        {
            silence.CancelAfter(LongestSilence);
            if (wanted.Types.Count == 0 || wanted.Types.Contains(events.Current.Event.Type))
            {
                yield return events.Current;
            }

            if (events.Current.Position == end)
            {
                yield break;
            }
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<EventMessage> events, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Terminal.Note($"Nothing more came for {LongestSilence.TotalSeconds} s.");
            return false;
        }
    }
}
