using CsCheck;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Audit;

public sealed class AuditTamperingTests
{
    private static readonly Func<AuditEntry, int, AuditEntry>[] Edits =
    [
        (entry, salt) => entry with { Sequence = entry.Sequence + 1 + salt },
        (entry, salt) => entry with { Sequence = entry.Sequence - 1 - salt },
        (entry, salt) => entry with { ActorType = Change(entry.ActorType, salt) },
        (entry, salt) => entry with { ActorId = Change(entry.ActorId, salt) },
        (entry, salt) => entry with { Action = Change(entry.Action, salt) },
        (entry, salt) => entry with { OnBehalfOf = Change(entry.OnBehalfOf!, salt) },
        (entry, _) => entry with { OnBehalfOf = null },
        (entry, salt) => entry with { PayloadHash = Change(entry.PayloadHash, salt) },
        (entry, salt) => entry with { HashVersion = entry.HashVersion - 1 - salt },
        (entry, salt) => entry with { Target = Change(entry.Target!, salt) },
        (entry, _) => entry with { RequestId = null },
        (entry, salt) => entry with { ActorIssuer = Change(entry.ActorIssuer!, salt) },
        (entry, _) => entry with { KeyId = entry.KeyId is null ? "k" : null },
        (entry, salt) => entry with { KeyId = Change(entry.KeyId ?? "k", salt) },
        (entry, salt) => entry with { SourceIp = Change(entry.SourceIp!, salt) },
        (entry, salt) => entry with { UserAgent = Change(entry.UserAgent!, salt) },
        (entry, _) => entry with { UserAgent = null },
        (entry, salt) => entry with { MtlsFingerprint = Change(entry.MtlsFingerprint!, salt) },
        (entry, salt) => entry with { CreatedAt = entry.CreatedAt.AddTicks(1 + salt) },
        (entry, salt) => entry with { PrevHash = Change(entry.PrevHash, salt) },
        (entry, salt) => entry with { EntryHash = Change(entry.EntryHash, salt) },
    ];

    [Fact]
    public void AThousandRandomTamperingsAreFoundWithTheirFirstBrokenEntry()
    {
        var found = 0;
        Gen.Select(Gen.Int[2, 20], Gen.Bool, Gen.Int[0, 4], Gen.Int[0, int.MaxValue - 1]).Sample(
            (length, keyed, kind, seed) =>
            {
                var options = keyed ? AuditChain.Keyed("k") : AuditChain.Plain;
                var (head, entries) = AuditChain.Create(options, length);
                var random = new Random(seed);
                long firstBroken = kind switch
                {
                    0 => Edit(entries, random),
                    1 => Delete(entries, random),
                    2 => Insert(entries, random, options),
                    3 => Swap(entries, random),
                    _ => CutTail(entries, random),
                };
                Interlocked.Increment(ref found);
                Assert.Equal(new AuditVerdict(false, entries.Count, firstBroken), AuditChain.Verify(options, head, entries));
            },
            iter: 1_000);
        Assert.True(found >= 1_000);
    }

    private static int Edit(List<AuditEntry> entries, Random random)
    {
        var index = random.Next(entries.Count);
        entries[index] = Edits[random.Next(Edits.Length)](entries[index], random.Next(60));
        return index + 1;
    }

    private static int Delete(List<AuditEntry> entries, Random random)
    {
        var index = random.Next(entries.Count);
        entries.RemoveAt(index);
        return index + 1;
    }

    private static int Insert(List<AuditEntry> entries, Random random, AuditOptions options)
    {
        var (index, source) = (random.Next(entries.Count + 1), random.Next(entries.Count));
        if (random.Next(2) == 0)
        {
            // A copy of an entry. After its original, or past the end, the copy is what breaks the chain.
            entries.Insert(index, entries[source]);
            return source == index ? index + 2 : index + 1;
        }

        // An entry that follows the one before it, as far as its forger can hash: in a chain without a key, the next one no longer follows.
        var forged = entries[source] with
        {
            Sequence = index + 1,
            KeyId = null,
            PrevHash = index == 0 ? AuditHash.Genesis : entries[index - 1].EntryHash,
            ActorId = "mallory",
        };
        forged = forged with { EntryHash = AuditHash.Compute(AuditChain.Head().Id, forged, null) };
        entries.Insert(index, forged);
        return options.KeyId is not null || index == entries.Count - 1 ? index + 1 : index + 2;
    }

    private static int Swap(List<AuditEntry> entries, Random random)
    {
        var first = random.Next(entries.Count - 1);
        var second = random.Next(first + 1, entries.Count);
        (entries[first], entries[second]) = (entries[second], entries[first]);
        if (random.Next(2) == 0)
        {
            // With their numbers put right.
            entries[first] = entries[first] with { Sequence = first + 1 };
            entries[second] = entries[second] with { Sequence = second + 1 };
        }

        return first + 1;
    }

    private static int CutTail(List<AuditEntry> entries, Random random)
    {
        var kept = random.Next(entries.Count);
        entries.RemoveRange(kept, entries.Count - kept);
        return kept + 1;
    }

    private static string Change(string text, int salt)
    {
        var at = salt % text.Length;
        return string.Concat(text.AsSpan(0, at), text[at] == '0' ? "1" : "0", text.AsSpan(at + 1));
    }
}
