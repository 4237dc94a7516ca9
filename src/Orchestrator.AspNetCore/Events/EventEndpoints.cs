using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Events;

/// <summary>Follow events, of a run or of all, as server-sent events.</summary>
internal sealed class EventEndpoints(IOrchestrator orchestrator)
{
    public const string LastEventId = "Last-Event-ID";

    private static readonly TimeSpan CommentPeriod = TimeSpan.FromSeconds(15);

    public Task FollowAsync(HttpContext context) => FollowAsync(context, run: null);

    public async Task FollowRunAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        await FollowAsync(context, run).ConfigureAwait(false);
    }

    private async Task FollowAsync(HttpContext context, RunId? run)
    {
        var faults = new Faults();
        var subscription = new EventSubscription
        {
            Run = run,
            Types = Types(context.Request, ref faults),
            After = After(context.Request, ref faults),
        };
        EventReading? events = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await orchestrator.SubscribeAsync(subscription, context.RequestAborted).ConfigureAwait(false)).TryGet(out events, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await SendAsync(context, events).ConfigureAwait(false);
    }

    private static async Task SendAsync(HttpContext context, EventReading events)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        using var stream = new EventStream(context);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var reader = events.GetAsyncEnumerator(end.Token);

        // Progress is kept for nobody: whoever is told that events follow must be among the readers by then.
        var next = reader.MoveNextAsync().AsTask();
        try
        {
            await stream.OpenAsync(events.Start).ConfigureAwait(false);
            while (true)
            {
                if (stream.IsFull || !next.IsCompleted)
                {
                    await stream.FlushAsync().ConfigureAwait(false);
                    await CommentUntilAsync(next, stream, time).ConfigureAwait(false);
                }

                if (!await next.ConfigureAwait(false))
                {
                    return;
                }

                stream.Write(reader.Current);
                next = reader.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (stream.IsCut)
        {
            // The reader comes again and resumes where it was.
        }
        finally
        {
            // The reader must stand still before it is disposed of.
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task CommentUntilAsync(Task next, EventStream stream, TimeProvider time)
    {
        while (!next.IsCompleted)
        {
            try
            {
                await next.WaitAsync(CommentPeriod, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await stream.CommentAsync("still here").ConfigureAwait(false);
            }
        }
    }

    /// <summary>The position to read on from. A browser that reconnects sends the header, which is newer than what its page has put into the address.</summary>
    private static string? After(HttpRequest request, ref Faults faults)
    {
        var asked = Query.Single(request, "after", ref faults);
        return request.Headers[LastEventId] is [{ Length: > 0 } id, ..] ? id : asked is { Length: > 0 } ? asked : null;
    }

    private static HashSet<EventType> Types(HttpRequest request, ref Faults faults)
    {
        var types = new HashSet<EventType>();
        foreach (var name in Query.All(request, "types").SelectMany(names => (names ?? "").Split(',')))
        {
            if (EventTypes.TryParse(name, out var type))
            {
                types.Add(type);
            }
            else
            {
                faults.Add("types", $"must be types of events, with commas between; '{name}' is none");
            }
        }

        return types;
    }
}
