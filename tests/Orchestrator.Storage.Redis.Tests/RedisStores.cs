using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Conformance;
using StackExchange.Redis;

namespace Orchestrator.Storage.Redis.Tests;

/// <summary>Stores under prefixes of their own.</summary>
/// <param name="server">The server.</param>
/// <param name="configure">Sets options.</param>
public sealed class RedisStores(string server, Action<RedisStoreOptions>? configure = null) : IStoreFactory
{
    /// <summary>On a node.</summary>
    public static RedisStores OnNode { get; } = new(Server.Node);

    /// <summary>On a cluster.</summary>
    public static RedisStores OnCluster { get; } = new(Server.Cluster);

    /// <summary>On a node, with few shards and without notifications.</summary>
    public static RedisStores Polling { get; } = new(Server.Node, options => (options.Shards, options.Notifications) = (3, false));

    public ValueTask<IStoreSpace> CreateAsync()
    {
        var options = new RedisStoreOptions { Prefix = $"test:{Guid.NewGuid():N}:" };
        configure?.Invoke(options);
        return new(new Space(server, options));
    }

    private sealed class Space(string server, RedisStoreOptions options) : IStoreSpace
    {
        private readonly List<RedisRunStore> _stores = [];

        public ValueTask<IRunStore> OpenAsync()
        {
            var store = new RedisRunStore(ConfigurationOptions.Parse(server), options, NullLoggerFactory.Instance);
            _stores.Add(store);
            return new(store);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var store in _stores)
            {
                await store.DisposeAsync();
            }
        }
    }
}
