using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Benchmarks.Audit;

/// <summary>The next entry of an audit chain: its canonical JSON and its hash.</summary>
[MemoryDiagnoser]
public class AuditAppendBenchmarks
{
    private static readonly NewCommand Tune = NewCommand.Tune(new Actor(ActorType.Operator, "benchmark"), [new("learning_rate", 0.1)]);

    private readonly AuditSealer _sealer = new(new AuditOptions());
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private readonly RunHead _head = AuditChain.Of(1).Head;
    private readonly byte[] _bytes = AuditChain.Of(2).Bytes[1];

    /// <summary>The floor: SHA-256 over the same bytes.</summary>
    [Benchmark(Baseline = true)]
    public int BareHash() => SHA256.HashData(_bytes, _hash);

    [Benchmark]
    public object Seal() => _sealer.Seal(AuditChain.Action, AuditChain.PayloadHash, CallContext.Empty, _head, AuditChain.At);

    /// <summary>With the fingerprint of the request, which the entry holds: a second hash.</summary>
    [Benchmark]
    public object SealRequest() => _sealer.Seal(AuditChain.Action, RequestHash.Of(Tune), CallContext.Empty, _head, AuditChain.At);
}
