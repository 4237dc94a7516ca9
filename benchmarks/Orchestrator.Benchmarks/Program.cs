using BenchmarkDotNet.Running;
using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.Postgres;

if (args is ["memory", ..])
{
    await RunMemory.MeasureAsync(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
    return;
}

if (args is ["postgres", ..])
{
    await PostgresLoad.MeasureAsync(args[1..]);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(HeartbeatBenchmarks).Assembly).Run(args);
