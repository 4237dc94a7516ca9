using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Tests.Audit;

namespace Orchestrator.Core.Tests.Sealing;

public sealed class AuditSealerTests
{
    private static readonly AuditAction Pause = new("operator", "ada", "command.pause", null);
    private static readonly string PayloadHash = RequestHash.Of(NewCommand.Pause(new Actor(ActorType.Operator, "ada")));

    private static readonly AuditAction FixedAction = new("operator", "svc:Zoë", "command.tune", "ada", "system", "cmd-1");
    private static readonly CallContext FixedContext = new()
    {
        SourceIp = "2001:db8::1",
        UserAgent = "curl/8.5 \"x\"",
        MtlsFingerprint = "ab12",
        Issuer = "https://issuer.test/",
        Credential = "ci-key",
        RequestId = "0HN1:00000002",
    };
    private static readonly RunHead FixedHead = AuditChain.Head("run-1") with { AuditEntries = 6, AuditHash = new string('c', 64) };
    private static readonly DateTimeOffset FixedTime = new(2026, 1, 31, 14, 5, 6, 789, 123, TimeSpan.FromHours(2));

    private static string FixedText(string keyMember) => "orchestrator.audit/2\n" + $$"""
        {"action":"command.tune","actor_id":"svc:Zoë","actor_issuer":"https://issuer.test/","actor_type":"operator",
        "created_at":"2026-01-31T12:05:06.7891230Z","credential":"ci-key","hash_version":2,
        {{keyMember}}"mtls_fingerprint":"ab12","on_behalf_of":"ada","on_behalf_of_type":"system",
        "payload_hash":"0000000000000000000000000000000000000000000000000000000000000007",
        "prev_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","request_id":"0HN1:00000002",
        "run_id":"run-1","sequence":7,"source_ip":"2001:db8::1","target":"cmd-1","user_agent":"curl/8.5 \"x\""}
        """.ReplaceLineEndings("");

    /// <summary>The same entry as a version of before sealed it.</summary>
    private static string FixedTextOfVersion1(string keyMember) => "orchestrator.audit/1\n" + $$"""
        {"action":"command.tune","actor_id":"svc:Zoë","actor_type":"operator","created_at":"2026-01-31T12:05:06.7891230Z","hash_version":1,
        {{keyMember}}"mtls_fingerprint":"ab12","on_behalf_of":"ada",
        "payload_hash":"0000000000000000000000000000000000000000000000000000000000000007",
        "prev_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        "run_id":"run-1","sequence":7,"source_ip":"2001:db8::1","user_agent":"curl/8.5 \"x\""}
        """.ReplaceLineEndings("");

    [Fact]
    public void TheFirstEntryFollowsSixtyFourZeros()
    {
        var entry = new AuditSealer(AuditChain.Plain).Seal(Pause, PayloadHash, CallContext.Empty, AuditChain.Head(), AuditChain.Start);

        Assert.Equal(1, entry.Sequence);
        Assert.Equal(new string('0', 64), entry.PrevHash);
        Assert.Equal(2, entry.HashVersion);
        Assert.Equal(PayloadHash, entry.PayloadHash);
        Assert.Matches("^[0-9a-f]{64}$", entry.EntryHash);
        Assert.Null(entry.KeyId);
    }

    [Fact]
    public void EachEntryFollowsTheOneBefore()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 3);

        Assert.Equal([1, 2, 3], entries.Select(entry => entry.Sequence));
        Assert.Equal([AuditHash.Genesis, entries[0].EntryHash, entries[1].EntryHash], entries.Select(entry => entry.PrevHash));
        Assert.Equal(head.AuditHash, entries[2].EntryHash);
    }

    [Fact]
    public void TheHashOfAFixedEntryNeverChanges()
    {
        var entry = SealFixed(AuditChain.Plain);

        // As the remarks of AuditHash say, step by step.
        var text = FixedText(keyMember: "");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), entry.EntryHash);
        Assert.Equal("9f4ca715d1381f53c6416c9195aee6c90bebf2fda4a7a2543cc8788410177232", entry.EntryHash);
    }

    [Fact]
    public void TheKeyedHashOfAFixedEntryNeverChanges()
    {
        var entry = SealFixed(AuditChain.Keyed("2026-01"));

        var text = FixedText(keyMember: "\"key_id\":\"2026-01\",");
        var key = Convert.FromBase64String(AuditChain.Secret("2026-01"));
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))), entry.EntryHash);
        Assert.Equal("bc6a2c2b8dd28b2f959693302f0386f8b70040cc4a6ca8eaf51758d8ef9fa041", entry.EntryHash);
        Assert.Equal("2026-01", entry.KeyId);
    }

    [Theory]
    [InlineData(null, "0e3ce9d2d231d66659a797d11fcdb7f4a15c133b9ef0af6b9e5b1a3c52fe4dd5")]
    [InlineData("2026-01", "8e303c43ad16400e99e2bf15df2f09f2c902f9a43f8ef25c43594982037c2d72")]
    public void The_hash_of_an_entry_of_version_1_never_changes(string? keyId, string hash)
    {
        var entry = SealFixed(AuditChain.Plain) with
        {
            HashVersion = 1,
            KeyId = keyId,
            Target = null,
            ActorIssuer = null,
            OnBehalfOfType = null,
            Credential = null,
            RequestId = null,
        };
        var text = Encoding.UTF8.GetBytes(FixedTextOfVersion1(keyId is null ? "" : $"\"key_id\":\"{keyId}\","));
        var key = keyId is null ? null : Convert.FromBase64String(AuditChain.Secret(keyId));

        Assert.Equal(Convert.ToHexStringLower(key is null ? SHA256.HashData(text) : HMACSHA256.HashData(key, text)), hash);
        Assert.Equal(hash, AuditHash.Compute(FixedHead.Id, entry, key));
    }

    [Fact]
    public void Members_that_have_nothing_to_say_are_left_out_of_the_hash()
    {
        var entry = new AuditSealer(AuditChain.Plain).Seal(Pause, $"{7:x64}", CallContext.Empty, AuditChain.Head(), AuditChain.Start);
        var text = "orchestrator.audit/2\n" + $$"""
            {"action":"command.pause","actor_id":"ada","actor_type":"operator","created_at":"2026-01-31T12:00:00.0000000Z","hash_version":2,
            "payload_hash":"{{entry.PayloadHash}}","prev_hash":"{{entry.PrevHash}}","run_id":"run-1","sequence":1}
            """.ReplaceLineEndings("");

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), entry.EntryHash);
    }

    [Fact]
    public void KeepsTheTimeInWholeMicrosecondsSoThatEveryStoreReadsItBack()
    {
        var sealer = new AuditSealer(AuditChain.Plain);
        var whole = sealer.Seal(Pause, PayloadHash, CallContext.Empty, AuditChain.Head(), AuditChain.Start);

        Assert.Equal(whole, sealer.Seal(Pause, PayloadHash, CallContext.Empty, AuditChain.Head(), AuditChain.Start.AddTicks(9)));
        Assert.NotEqual(whole, sealer.Seal(Pause, PayloadHash, CallContext.Empty, AuditChain.Head(), AuditChain.Start.AddTicks(10)));
    }

    [Fact]
    public void TheHashDoesNotDependOnTheOffsetThatTheTimeIsReadBackWith()
    {
        var (head, entries) = AuditChain.Create(AuditChain.Plain, 2);

        Assert.True(AuditChain.Verify(AuditChain.Plain, head, entries.Select(entry => entry with { CreatedAt = entry.CreatedAt.ToOffset(TimeSpan.FromHours(-7)) })).Valid);
    }

    [Fact]
    public void BoundsWhatACallerSaysOfItself()
    {
        var entry = Seal(new CallContext
        {
            SourceIp = new string('1', 65),
            UserAgent = new string('a', 600),
            MtlsFingerprint = new string('f', 200),
            Issuer = new string('i', 300),
            Credential = new string('c', 129),
            RequestId = new string('r', 129),
        });

        Assert.Equal(new string('1', 64), entry.SourceIp);
        Assert.Equal(new string('a', 512), entry.UserAgent);
        Assert.Equal(new string('f', 128), entry.MtlsFingerprint);
        Assert.Equal(new string('i', 256), entry.ActorIssuer);
        Assert.Equal(new string('c', 128), entry.Credential);
        Assert.Equal(new string('r', 128), entry.RequestId);
    }

    public static TheoryData<string, string> UserAgents => new()
    {
        { "Mozilla/5.0 (é €) 😂", "Mozilla/5.0 (é €) 😂" },
        { "", "" },
        { "a\0b\r\nc", "a\uFFFDb\uFFFD\uFFFDc" },
        { "half \uD83D", "half \uFFFD" },
        { "\uDE02\uD83D\uD83D\uDE02", "\uFFFD\uFFFD😂" },
    };

    [Theory]
    [MemberData(nameof(UserAgents), DisableDiscoveryEnumeration = true)]
    public void MakesAnyUserAgentStorable(string sent, string kept)
    {
        var entry = Seal(new CallContext { UserAgent = sent });

        Assert.Equal(kept, entry.UserAgent);
        Assert.True(AuditChain.Verify(AuditChain.Plain, AuditChain.Follow(AuditChain.Head(), entry), [entry]).Valid);
    }

    [Fact]
    public void NeverCutsThroughASurrogatePair()
    {
        var entry = Seal(new CallContext { UserAgent = new string('a', 511) + "😂" });

        Assert.Equal(new string('a', 511) + "\uFFFD", entry.UserAgent);
    }

    private static AuditEntry Seal(CallContext context) =>
        new AuditSealer(AuditChain.Plain).Seal(Pause, PayloadHash, context, AuditChain.Head(), AuditChain.Start);

    private static AuditEntry SealFixed(AuditOptions options) =>
        new AuditSealer(options).Seal(FixedAction, $"{7:x64}", FixedContext, FixedHead, FixedTime);
}
