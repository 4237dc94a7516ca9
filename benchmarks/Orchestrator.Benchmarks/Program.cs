using BenchmarkDotNet.Running;
using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.Stores;

if (args is ["memory", ..])
{
    await RunMemory.MeasureAsync(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
    return;
}

if (args is ["postgres", ..])
{
    await using var load = new PostgresLoad();
    await load.MeasureAsync(args[1..]);
    return;
}

if (args is ["redis" or "redis-cluster", ..])
{
    await using var load = await RedisLoad.ConnectAsync(args[0] == "redis" ? "ORCHESTRATOR_TEST_REDIS" : "ORCHESTRATOR_TEST_REDIS_CLUSTER");
    await load.MeasureAsync(args[1..]);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(HeartbeatBenchmarks).Assembly).Run(args);
