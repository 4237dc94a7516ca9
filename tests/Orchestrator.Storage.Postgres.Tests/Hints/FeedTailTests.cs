using System.Threading.Channels;
using Npgsql;
using Orchestrator.Storage.Conformance;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Hints;

public sealed class FeedTailTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_was_committed_while_the_connection_was_broken_is_heard_of_when_it_is_back()
    {
        await using var space = await new PostgresStores().CreateAsync();
        var (here, there) = (await space.OpenAsync(), await space.OpenAsync());
        var heard = Channel.CreateUnbounded<RunId>();
        using var subscription = here.Subscribe((run, _) => heard.Writer.TryWrite(run));
        await HearAsync("before");

        await using var source = NpgsqlDataSource.Create(Server.ConnectionString + ";Pooling=false");
        await using var end = source.CreateCommand("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' OR query ILIKE 'SELECT max(e.position)%'");
        Assert.NotEqual(0L, await end.ExecuteScalarAsync());

        await HearAsync("after");

        // Commits until it is heard of: before the first look at the feed nothing is followed yet.
        async Task HearAsync(string name)
        {
            using var patience = new CancellationTokenSource(Patience);
            for (var i = 0; ; i++)
            {
                await there.StoreAsync(Creation(Head($"{name}-{i}")).Telling(1));
                while (await HearsWithinASecondAsync(patience.Token))
                {
                    while (heard.Reader.TryRead(out var run))
                    {
                        if (run.Value.StartsWith(name, StringComparison.Ordinal))
                        {
                            return;
                        }
                    }
                }
            }
        }

        async Task<bool> HearsWithinASecondAsync(CancellationToken patience)
        {
            using var second = CancellationTokenSource.CreateLinkedTokenSource(patience);
            second.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                return await heard.Reader.WaitToReadAsync(second.Token);
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}
