using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>What a host takes.</summary>
/// <param name="HeapBytes">Of what is alive.</param>
/// <param name="Threads">Of the process.</param>
internal sealed record HostFacts(long HeapBytes, int Threads)
{
    public const string Path = "/facts";

    public static HostFacts Take()
    {
        using var process = Process.GetCurrentProcess();
        return new HostFacts(GC.GetTotalMemory(forceFullCollection: true), process.Threads.Count);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HeldRuns))]
[JsonSerializable(typeof(HostFacts))]
[JsonSerializable(typeof(EchoedHeartbeat))]
internal sealed partial class HostJson : JsonSerializerContext;
