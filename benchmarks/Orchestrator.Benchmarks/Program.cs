using BenchmarkDotNet.Running;
using Orchestrator.Benchmarks;

if (args is ["memory", ..])
{
    await RunMemory.MeasureAsync(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(HeartbeatBenchmarks).Assembly).Run(args);
