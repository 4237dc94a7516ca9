using Npgsql;
using StackExchange.Redis;

namespace Orchestrator.LoadTest.Stores;

/// <summary>A schema or a prefix of a scenario's own, emptied when it is disposed of.</summary>
internal sealed class Scope(Store store) : IAsyncDisposable
{
    public Store Store => store;

    public string Name { get; } = "load_" + Guid.CreateVersion7().ToString("N");

    public async ValueTask DisposeAsync()
    {
        if (store == Store.Postgres)
        {
            await using var source = NpgsqlDataSource.Create(store.Server + ";Pooling=false");
            await using var command = source.CreateCommand($"DROP SCHEMA IF EXISTS {Name} CASCADE");
            await command.ExecuteNonQueryAsync();
        }
        else if (store == Store.Redis)
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(store.Server);
            foreach (var keys in redis.GetServers()[0].Keys(pattern: Name + "*", pageSize: 1_000).Chunk(1_000))
            {
                await redis.GetDatabase().KeyDeleteAsync(keys, CommandFlags.FireAndForget);
            }
        }
    }
}
