using System.Text;
using Orchestrator.Core.Audit;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Audit;

/// <summary>Runs with audit chains, sealed and verified as the engine does.</summary>
internal static class AuditChain
{
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static AuditOptions Plain { get; } = new();

    /// <summary>Options with a key of each id, of which the last one seals.</summary>
    public static AuditOptions Keyed(params string[] ids)
    {
        var options = new AuditOptions { KeyId = ids[^1] };
        foreach (var id in ids)
        {
            options.Keys.Add(id, Secret(id));
        }

        return options;
    }

    public static string Secret(string seed) => Convert.ToBase64String(Encoding.ASCII.GetBytes(seed.PadRight(32, '.')));

    public static RunHead Head(string run = "run-1") => new()
    {
        Id = RunId.Parse(run),
        ExperimentId = ExperimentId.Parse("e"),
        VersionId = VersionId.Parse("v"),
        CreatedAt = Start,
        ChangedAt = Start,
        Revision = 1,
    };

    /// <summary>Adds entries to the chain of a run.</summary>
    public static (RunHead Head, List<AuditEntry> Entries) Append(AuditOptions options, int count, RunHead head, IEnumerable<AuditEntry>? before = null)
    {
        var sealer = new AuditSealer(options);
        List<AuditEntry> entries = [.. before ?? []];
        for (var i = 0; i < count; i++)
        {
            var n = head.AuditEntries + 1;
            var context = new CallContext
            {
                SourceIp = $"10.0.0.{n}",
                UserAgent = $"agent/{n}",
                MtlsFingerprint = $"fp{n}",
                Issuer = $"issuer-{n}",
                Credential = $"key-{n}",
                RequestId = $"request-{n}",
            };
            var action = new AuditAction("operator", $"ada-{n}", $"command.{n}", $"bob-{n}", "system", $"target-{n}");
            entries.Add(sealer.Seal(action, $"{n:x64}", context, head, Start.AddSeconds(n)));
            head = Follow(head, entries[^1]);
        }

        return (head, entries);
    }

    public static (RunHead Head, List<AuditEntry> Entries) Create(AuditOptions options, int count, string run = "run-1") => Append(options, count, Head(run));

    /// <summary>A chain as versions of before sealed it.</summary>
    public static (RunHead Head, List<AuditEntry> Entries) CreateVersion1(AuditOptions options, int count)
    {
        var entries = Reseal(options, Create(options, count).Entries, entry => entry with
        {
            HashVersion = 1,
            Target = null,
            ActorIssuer = null,
            OnBehalfOfType = null,
            Credential = null,
            RequestId = null,
        });
        return (entries.Count == 0 ? Head() : Follow(Head(), entries[^1]), entries);
    }

    /// <summary>Changes entries, and recomputes the chain with the key that the options name.</summary>
    public static List<AuditEntry> Reseal(AuditOptions options, List<AuditEntry> entries, Func<AuditEntry, AuditEntry> edit)
    {
        var keys = new AuditKeys(options);
        var last = AuditHash.Genesis;
        return entries.ConvertAll(entry =>
        {
            var changed = edit(entry) with { PrevHash = last, KeyId = keys.CurrentId };
            changed = changed with { EntryHash = AuditHash.Compute(Head().Id, changed, keys.Current) };
            last = changed.EntryHash;
            return changed;
        });
    }

    public static RunHead Follow(RunHead head, AuditEntry entry) => head with { AuditEntries = entry.Sequence, AuditHash = entry.EntryHash };

    public static AuditVerdict Verify(AuditOptions options, RunHead head, IEnumerable<AuditEntry> entries)
    {
        var verifier = new AuditVerifier(options, head.Id);
        foreach (var entry in entries)
        {
            verifier.Add(entry);
        }

        return verifier.Conclude(head);
    }
}
