using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Benchmarks.Audit;

/// <summary>A sealed chain, and the bytes that its hashes are over.</summary>
internal sealed class AuditChain
{
    public static readonly RunId Run = RunId.Parse("run");
    public static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly AuditAction Action = new("operator", "benchmark", "command.tune", null);

    private AuditChain(IReadOnlyList<AuditEntry> entries, RunHead head) => (Entries, Head) = (entries, head);

    public IReadOnlyList<AuditEntry> Entries { get; }

    /// <summary>The head of the run, with the end of the chain.</summary>
    public RunHead Head { get; }

    /// <summary>What is hashed of each entry.</summary>
    public IReadOnlyList<byte[]> Bytes => [.. Entries.Select(BytesOf)];

    public static string PayloadHash { get; } = Convert.ToHexStringLower(SHA256.HashData("payload"u8));

    public static AuditChain Of(int length)
    {
        var sealer = new AuditSealer(new AuditOptions());
        var head = new RunHead
        {
            Id = Run,
            ExperimentId = ExperimentId.Parse("experiment"),
            VersionId = VersionId.Parse("version"),
            State = RunState.Running,
            CreatedAt = At,
            ChangedAt = At,
            Revision = 1,
        };
        var entries = new List<AuditEntry>();
        for (var i = 0; i < length; i++)
        {
            var entry = sealer.Seal(Action, PayloadHash, CallContext.Empty, head, At);
            entries.Add(entry);
            head = head with { AuditEntries = entry.Sequence, AuditHash = entry.EntryHash };
        }

        return new AuditChain(entries, head);
    }

    /// <exception cref="InvalidOperationException">They are not what was hashed.</exception>
    private static byte[] BytesOf(AuditEntry entry)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            orchestrator.audit/2
            {"action":"{{entry.Action}}","actor_id":"{{entry.ActorId}}","actor_type":"{{entry.ActorType}}","created_at":"{{entry.CreatedAt.UtcDateTime:O}}","hash_version":{{entry.HashVersion}},"payload_hash":"{{entry.PayloadHash}}","prev_hash":"{{entry.PrevHash}}","run_id":"{{Run}}","sequence":{{entry.Sequence}}}
            """));
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == entry.EntryHash ? bytes : throw new InvalidOperationException("An entry is hashed in another way.");
    }
}
