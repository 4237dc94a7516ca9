using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Hints;

/// <summary>Listens to what other hosts tell of their changes, and wakes whoever waits here.</summary>
internal sealed partial class ChangeListener(RedisServer server, ShardMap shards, ChangeChannel channel, WakeList wakeList, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    /// <summary>Subscribes, and again until it is done; from then on the connection sees to it that it stays so.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var heard = new ConcurrentDictionary<RedisChannel, bool>();
        var isDeaf = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var isCluster = await server.IsClusterAsync(cancellationToken).ConfigureAwait(false);
                var subscriber = await server.OpenSubscriberAsync(cancellationToken).ConfigureAwait(false);
                await Task.WhenAll(channel.All(shards.Bases, isCluster).Where(one => !heard.ContainsKey(one)).Select(async one =>
                    {
                        await SubscribeAsync(subscriber, one).ConfigureAwait(false);
                        heard[one] = true;
                    }))
                    .WaitAsync(cancellationToken)
                    .ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (!isDeaf)
                {
                    isDeaf = true;
                    LogDeaf(fault.Message);
                }

                await Task.Delay(OutagePause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SubscribeAsync(ISubscriber subscriber, RedisChannel one)
    {
        try
        {
            await subscriber.SubscribeAsync(one, Hear).ConfigureAwait(false);
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            // The client keeps the handler although it could not subscribe.
            await subscriber.UnsubscribeAsync(one, Hear, CommandFlags.FireAndForget).ConfigureAwait(false);
            throw;
        }
    }

    private void Hear(RedisChannel from, RedisValue message)
    {
        var lines = message.ToString().Split('\n');
        if (lines[0] == channel.Sender)
        {
            return;
        }

        foreach (var line in lines.Skip(1))
        {
            if (line.Length == 0)
            {
                wakeList.Wake(default, default);
            }
            else if (line.Split(' ') is [var id, var name] && RunId.TryParse(id, out var run) && RunStates.TryParse(name, out var state))
            {
                wakeList.Wake(run, state);
            }
        }
    }

    [LoggerMessage(652, LogLevel.Warning, "The changes of other hosts cannot be heard of ({Reason}). Waiting calls look for them every few seconds. Logged once until it is over.", EventName = "ChangesUnheard")]
    private partial void LogDeaf(string reason);
}
