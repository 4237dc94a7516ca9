using Microsoft.Extensions.Logging;
using Orchestrator.Storage.Redis.Reads;

namespace Orchestrator.Storage.Redis.Hints;

/// <summary>Where nothing is published: looks ten times a second for what the feed has got, and wakes whoever waits here.</summary>
internal sealed partial class FeedTail(FeedReads feed, RunReads runs, WakeList wakeList, TimeProvider time, ILogger logger)
{
    private const int PageSize = 1_000;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Of what came before the first look, nobody waits for a hint.
        string? position = null;
        var isLost = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = PollInterval;
            try
            {
                position = await LookAsync(position, cancellationToken).ConfigureAwait(false);
                isLost = false;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (FeedExpiredException expired)
            {
                position = expired.Left;
            }
            catch (Exception fault)
            {
                if (!isLost)
                {
                    isLost = true;
                    LogLost(fault.Message);
                }

                pause = OutagePause;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<string> LookAsync(string? position, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await feed.ReadAsync(position, PageSize, cancellationToken).ConfigureAwait(false);
            if (page.Items.Count == 0)
            {
                return page.Next;
            }

            await WakeAsync(page.Items.Select(item => item.Event.RunId).ToHashSet(), cancellationToken).ConfigureAwait(false);
            position = page.Next;
        }
    }

    private async ValueTask WakeAsync(HashSet<RunId> changed, CancellationToken cancellationToken)
    {
        if (changed.Remove(default))
        {
            wakeList.Wake(default, default);
        }

        var views = new RunView?[changed.Count];
        await runs.LoadAsync(changed.Select(run => new RunLookup(run)).ToArray(), views, cancellationToken).ConfigureAwait(false);
        foreach (var view in views.OfType<RunView>())
        {
            wakeList.Wake(view.Head.Id, view.Head.State);
        }
    }

    [LoggerMessage(653, LogLevel.Warning, "The changes of other hosts cannot be followed ({Reason}). Waiting calls look for them every few seconds. Logged once until it is over.", EventName = "FeedUnread")]
    private partial void LogLost(string reason);
}
