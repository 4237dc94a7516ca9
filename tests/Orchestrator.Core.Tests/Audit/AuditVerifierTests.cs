using Orchestrator.Core.Audit;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Audit;

public sealed class AuditVerifierTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    public void AnUntouchedChainIsValid(int count)
    {
        foreach (var options in new[] { AuditChain.Plain, AuditChain.Keyed("k") })
        {
            var (head, entries) = AuditChain.Create(options, count);

            Assert.Equal(new AuditVerdict(true, count, null), AuditChain.Verify(options, head, entries));
        }
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public void EveryFieldIsCovered(string field, Func<AuditEntry, AuditEntry> edit)
    {
        foreach (var options in new[] { AuditChain.Plain, AuditChain.Keyed("k", "K2") })
        {
            var (head, entries) = AuditChain.Create(options, 5);
            foreach (var index in new[] { 0, 2, 4 })
            {
                List<AuditEntry> tampered = [.. entries];
                tampered[index] = edit(entries[index]);

                Assert.NotEqual(entries[index], tampered[index]);
                Assert.Equal((field, new AuditVerdict(false, 5, index + 1)), (field, AuditChain.Verify(options, head, tampered)));
            }
        }
    }

    public static TheoryData<string, Func<AuditEntry, AuditEntry>> Edits => new()
    {
        { "sequence", entry => entry with { Sequence = entry.Sequence + 1 } },
        { "actor_type", entry => entry with { ActorType = "system" } },
        { "actor_id", entry => entry with { ActorId = entry.ActorId + "\0" } },
        { "action", entry => entry with { Action = "command.resume" } },
        { "on_behalf_of", entry => entry with { OnBehalfOf = null } },
        { "on_behalf_of emptied", entry => entry with { OnBehalfOf = "" } },
        { "payload_hash", entry => entry with { PayloadHash = entry.PayloadHash.Replace('0', 'f') } },
        { "hash_version 1", entry => entry with { HashVersion = 1 } },
        { "hash_version 0", entry => entry with { HashVersion = 0 } },
        { "hash_version below 0", entry => entry with { HashVersion = -1 } },
        { "target", entry => entry with { Target = "another" } },
        { "target removed", entry => entry with { Target = null } },
        { "actor_issuer", entry => entry with { ActorIssuer = "another" } },
        { "on_behalf_of_type", entry => entry with { OnBehalfOfType = "operator" } },
        { "credential", entry => entry with { Credential = "another" } },
        { "request_id", entry => entry with { RequestId = "another" } },
        { "key_id", entry => entry with { KeyId = entry.KeyId is null ? "k" : null } },
        { "key_id of another key", entry => entry with { KeyId = "k" } },
        { "key_id in other case", entry => entry with { KeyId = "k2" } },
        { "source_ip", entry => entry with { SourceIp = "10.0.0.99" } },
        { "user_agent", entry => entry with { UserAgent = null } },
        { "user_agent with half a surrogate pair", entry => entry with { UserAgent = "\ud800" } },
        { "mtls_fingerprint", entry => entry with { MtlsFingerprint = "FP" } },
        { "created_at", entry => entry with { CreatedAt = entry.CreatedAt.AddTicks(1) } },
        { "prev_hash", entry => entry with { PrevHash = new string('a', 64) } },
        { "prev_hash in capitals", entry => entry with { PrevHash = new string('A', 64) } },
        { "entry_hash", entry => entry with { EntryHash = new string('a', 64) } },
        { "entry_hash cut", entry => entry with { EntryHash = entry.EntryHash[..63] } },
        { "entry_hash emptied", entry => entry with { EntryHash = "" } },
    };

    [Theory]
    [MemberData(nameof(Additions))]
    public void A_chain_of_version_1_verifies_and_each_member_of_version_2_that_is_added_to_an_entry_breaks_it(Func<AuditEntry, AuditEntry> add)
    {
        foreach (var options in new[] { AuditChain.Plain, AuditChain.Keyed("k") })
        {
            var (head, entries) = AuditChain.CreateVersion1(options, 3);
            Assert.Equal(new AuditVerdict(true, 3, null), AuditChain.Verify(options, head, entries));

            entries[1] = add(entries[1]);
            Assert.Equal(new AuditVerdict(false, 3, 2), AuditChain.Verify(options, head, entries));
        }
    }

    public static TheoryData<Func<AuditEntry, AuditEntry>> Additions => new(
        entry => entry with { Target = "t" },
        entry => entry with { ActorIssuer = "i" },
        entry => entry with { OnBehalfOfType = "operator" },
        entry => entry with { Credential = "c" },
        entry => entry with { RequestId = "r" });

    [Fact]
    public void A_chain_that_begins_in_version_1_goes_on_in_version_2()
    {
        var (head, entries) = AuditChain.CreateVersion1(AuditChain.Plain, 2);
        (head, entries) = AuditChain.Append(AuditChain.Plain, 2, head, entries);

        Assert.Equal([1, 1, 2, 2], entries.Select(entry => entry.HashVersion));
        Assert.Equal(new AuditVerdict(true, 4, null), AuditChain.Verify(AuditChain.Plain, head, entries));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void An_entry_of_a_version_that_is_not_known_is_named_and_not_called_broken_and_the_chain_is_not_called_valid(int unknown)
    {
        var (head, entries) = WithUnknown(unknown);

        Assert.Equal(new AuditVerdict(false, 5, null) { UnknownVersion = unknown }, AuditChain.Verify(AuditChain.Plain, head, entries));
    }

    [Fact]
    public void What_is_broken_beside_an_entry_of_a_version_that_is_not_known_is_found_all_the_same()
    {
        foreach (var broken in new[] { 1, 2, 4, 5 })
        {
            var (head, entries) = WithUnknown(3);
            entries[broken - 1] = entries[broken - 1] with { ActorId = "mallory" };

            Assert.Equal(new AuditVerdict(false, 5, broken) { UnknownVersion = 3 }, AuditChain.Verify(AuditChain.Plain, head, entries));
        }
    }

    public static TheoryData<string, long, Func<AuditEntry, AuditEntry>> BrokenLinks => new()
    {
        { "its place", 3, entry => entry with { Sequence = 9 } },
        { "the link to the one before", 3, entry => entry with { PrevHash = new string('a', 64) } },
        { "the link of the next one to it", 4, entry => entry with { EntryHash = new string('a', 64) } },
    };

    [Theory]
    [MemberData(nameof(BrokenLinks))]
    public void The_place_and_the_links_of_an_entry_of_a_version_that_is_not_known_are_checked(string link, long broken, Func<AuditEntry, AuditEntry> edit)
    {
        var (head, entries) = WithUnknown(3);
        entries[2] = edit(entries[2]);

        Assert.Equal((link, new AuditVerdict(false, 5, broken) { UnknownVersion = 3 }), (link, AuditChain.Verify(AuditChain.Plain, head, entries)));
    }

    [Fact]
    public void The_hash_that_the_run_keeps_is_checked_against_an_entry_of_a_version_that_is_not_known()
    {
        var (head, entries) = WithUnknown(5);

        var verdict = AuditChain.Verify(AuditChain.Plain, head with { AuditHash = new string('a', 64) }, entries);

        Assert.Equal(new AuditVerdict(false, 5, 5) { UnknownVersion = 5 }, verdict);
    }

    [Fact]
    public void An_entry_that_was_edited_and_hashed_anew_in_its_place_breaks_the_link_of_the_next_one()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 5);
        foreach (var index in new[] { 0, 2, 3 })
        {
            List<AuditEntry> tampered = [.. entries];
            var edited = entries[index] with { ActorId = "mallory" };
            tampered[index] = edited with { EntryHash = AuditHash.Compute(head.Id, edited, key: null) };

            Assert.Equal(new AuditVerdict(false, 5, index + 2), AuditChain.Verify(AuditChain.Plain, head, tampered));
        }
    }

    /// <summary>A chain of which a newer version, which this one does not know, sealed one entry.</summary>
    private static (RunHead Head, List<AuditEntry> Entries) WithUnknown(int sequence)
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, sequence - 1);
        var (_, next) = AuditChain.Append(AuditChain.Plain, 1, head);
        var newer = next[0] with { HashVersion = AuditHash.Version + 1, EntryHash = new string('b', 64) };
        return AuditChain.Append(AuditChain.Plain, 5 - sequence, AuditChain.Follow(head, newer), [.. entries, newer]);
    }

    [Fact]
    public void ARemovedEntryIsNamed()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 5);
        entries.RemoveAt(1);

        Assert.Equal(new AuditVerdict(false, 4, 2), AuditChain.Verify(AuditChain.Plain, head, entries));
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(1, 2)]
    [InlineData(0, 1)]
    public void ACutTailIsFoundByTheLengthThatTheRunKeeps(int kept, long firstBroken)
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 5);

        Assert.Equal(new AuditVerdict(false, kept, firstBroken), AuditChain.Verify(AuditChain.Plain, head, entries.Take(kept)));
        Assert.Equal(
            new AuditVerdict(false, kept, Math.Max(kept, 1)),
            AuditChain.Verify(AuditChain.Plain, head with { AuditEntries = kept }, entries.Take(kept)));
    }

    [Fact]
    public void AnAppendedEntryIsFoundByTheLengthThatTheRunKeeps()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 5);
        var (_, longer) = AuditChain.Append(AuditChain.Plain, 1, head, entries);

        Assert.Equal(new AuditVerdict(false, 6, 6), AuditChain.Verify(AuditChain.Plain, head, longer));
    }

    [Fact]
    public void AnActionThatHappensWhileTheChainIsReadDoesNoHarm()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 5);
        var verifier = new AuditVerifier(AuditChain.Plain, head.Id);
        entries.ForEach(verifier.Add);

        var (later, all) = AuditChain.Append(AuditChain.Plain, 1, head, entries);
        Assert.False(verifier.Conclude(later).Valid);
        verifier.Add(all[5]);

        Assert.Equal(new AuditVerdict(true, 6, null), verifier.Conclude(later));
    }

    [Fact]
    public void AChainThatWasMovedToAnotherRunIsBroken()
    {
        foreach (var options in new[] { AuditChain.Plain, AuditChain.Keyed("k") })
        {
            var (head, entries) = AuditChain.Create(options, 3, "run-1");
            var other = head with { Id = RunId.Parse("run-2") };

            Assert.Equal(new AuditVerdict(false, 3, 1), AuditChain.Verify(options, other, entries));
        }
    }

    [Fact]
    public void AnEntryThatWasTakenFromAnotherRunIsBroken()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 3, "run-1");
        var (_, others) = AuditChain.Create(AuditChain.Plain, 3, "run-2");
        entries[0] = others[0];

        Assert.Equal(new AuditVerdict(false, 3, 1), AuditChain.Verify(AuditChain.Plain, head, entries));
    }

    [Fact]
    public void ARewrittenChainIsFoundByTheHashThatTheRunKeeps()
    {
        var (head, _) = AuditChain.Create(AuditChain.Plain, 3);
        var (_, forged) = AuditChain.Append(AuditChain.Plain, 3, AuditChain.Head() with { CreatedAt = AuditChain.Start });
        var rewritten = AuditChain.Reseal(AuditChain.Plain, forged, entry => entry with { ActorId = "mallory" });

        Assert.Equal(new AuditVerdict(false, 3, 3), AuditChain.Verify(AuditChain.Plain, head, rewritten));
    }

    [Fact]
    public void WithAKeyRewritingChainAndHeadTakesTheKey()
    {
        var owned = AuditChain.Keyed("k");
        var (_, entries) = AuditChain.Create(owned, 4);
        var guessed = new AuditOptions { KeyId = "k" };
        guessed.Keys.Add("k", AuditChain.Secret("guess"));

        foreach (var forger in new[] { guessed, AuditChain.Plain, AuditChain.Keyed("mine") })
        {
            var forged = AuditChain.Reseal(forger, entries, entry => entry with { ActorId = "mallory" });
            var head = AuditChain.Follow(AuditChain.Head(), forged[^1]);
            Assert.True(AuditChain.Verify(forger, head, forged).Valid);

            Assert.Equal(new AuditVerdict(false, 4, 1), AuditChain.Verify(owned, head, forged));
        }
    }

    [Fact]
    public void WithAKeyRewritingTheRestOfTheChainIsFoundWhereItBegins()
    {
        var owned = AuditChain.Keyed("k");
        var (_, entries) = AuditChain.Create(owned, 4);
        var (forgedHead, forged) = AuditChain.Append(AuditChain.Plain, 2, AuditChain.Follow(AuditChain.Head(), entries[1]), entries.Take(2));

        Assert.Equal(new AuditVerdict(false, 4, 3), AuditChain.Verify(owned, forgedHead, forged));
    }

    [Fact]
    public void OldKeysVerifyWhatTheySealed()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Keyed("old"), 2);
        var rotated = AuditChain.Keyed("old", "new");
        (head, entries) = AuditChain.Append(rotated, 2, head, entries);

        Assert.Equal(["old", "old", "new", "new"], entries.Select(entry => entry.KeyId));
        Assert.Equal(new AuditVerdict(true, 4, null), AuditChain.Verify(rotated, head, entries));
        Assert.Equal(new AuditVerdict(false, 4, 1), AuditChain.Verify(AuditChain.Keyed("new"), head, entries));
    }

    [Fact]
    public void EntriesFromBeforeThereWasAKeyVerifyOnlyWhenTheOptionsSaySo()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 2);
        var keyed = AuditChain.Keyed("k");
        (head, entries) = AuditChain.Append(keyed, 1, head, entries);

        Assert.Equal(new AuditVerdict(false, 3, 1), AuditChain.Verify(keyed, head, entries));
        keyed.AcceptUnkeyed = true;
        Assert.Equal(new AuditVerdict(true, 3, null), AuditChain.Verify(keyed, head, entries));
    }

    [Fact]
    public void AfterTheKeyWasGivenUpItStillVerifiesWhatItSealed()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Keyed("k"), 2);
        var retired = AuditChain.Keyed("k");
        retired.KeyId = null;
        (head, entries) = AuditChain.Append(retired, 1, head, entries);

        Assert.Equal(new AuditVerdict(true, 3, null), AuditChain.Verify(retired, head, entries));
    }
}
