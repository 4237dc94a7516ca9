using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Faults;
using StackExchange.Redis;

namespace Orchestrator.Storage.Redis.Tests.Faults;

/// <summary>A prefix of its own.</summary>
/// <param name="configuration">How to connect to Redis.</param>
/// <param name="configure">Sets options of the stores in this process.</param>
internal sealed class RedisFaultSpace(string configuration, Action<RedisStoreOptions>? configure = null) : FaultSpace
{
    private readonly string _prefix = $"fault:{Guid.NewGuid():N}:";

    protected override IEnumerable<string> HostOptions =>
    [
        "Orchestrator:Storage:Provider=Redis",
        $"Orchestrator:Storage:Prefix={_prefix}",
        $"ConnectionStrings:Redis={configuration}",
    ];

    protected override IRunStore NewStore(int? port)
    {
        var options = new RedisStoreOptions();
        Configure(options);
        return new RedisRunStore(ConfigurationOptions.Parse(ConfigurationOf(port)), options, NullLoggerFactory.Instance);
    }

    protected override void UseStore(OrchestratorBuilder orchestrator, int? port) => orchestrator.UseRedis(ConfigurationOf(port), Configure);

    private string ConfigurationOf(int? port) => port is { } other ? "127.0.0.1:" + other.ToString(CultureInfo.InvariantCulture) : configuration;

    private void Configure(RedisStoreOptions options)
    {
        options.Prefix = _prefix;
        configure?.Invoke(options);
    }
}
