using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Orchestrator.Core.Audit;

namespace Orchestrator.Benchmarks.Audit;

/// <summary>The verification of an audit chain, an entry.</summary>
[MemoryDiagnoser]
public class AuditVerifyBenchmarks
{
    private const int Entries = 1_000;

    private readonly AuditOptions _options = new();
    private readonly AuditChain _chain = AuditChain.Of(Entries);
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private IReadOnlyList<byte[]> _bytes = [];

    [GlobalSetup]
    public void Setup() => _bytes = _chain.Bytes;

    /// <summary>The floor: SHA-256 over the same bytes.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Entries)]
    public int BareHash()
    {
        var length = 0;
        foreach (var bytes in _bytes)
        {
            length += SHA256.HashData(bytes, _hash);
        }

        return length;
    }

    [Benchmark(OperationsPerInvoke = Entries)]
    public AuditVerdict Verify()
    {
        var verifier = new AuditVerifier(_options, AuditChain.Run);
        foreach (var entry in _chain.Entries)
        {
            verifier.Add(entry);
        }

        var verdict = verifier.Conclude(_chain.Head);
        return verdict.Valid ? verdict : throw new InvalidOperationException("The chain does not verify.");
    }
}
