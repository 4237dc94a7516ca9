using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Samples.Tests.Cli;

[Collection(CliTests.Name)]
public sealed class AuditTests(CliServer server)
{
    [Fact]
    public async Task A_valid_chain_is_0()
    {
        await server.BeginAsync("chain-1");
        await server.DoneAsync("pause", "chain-1");

        Assert.Equal("chain-1: the audit chain is valid, 2 entries", await server.DoneAsync("audit", "verify", "chain-1"));
        RunsTests.AssertSame(await server.GetAsync("runs/chain-1/audit/verify"), await server.DoneAsync("audit", "verify", "chain-1", "--json"));
    }

    /// <summary>Chains of entries, each with the first letter of its previous hash and of its own.</summary>
    [Theory]
    [InlineData("1:0a 2:ab 3:bc", 2, "the entry, or its hash, is not what was written", "1 2 3")]
    [InlineData("1:0a 2:xb 3:bc 4:cd", 2, "the entry does not follow the one before it", "1 2 3")]
    [InlineData("1:0a 3:bc", 2, "the entry is missing", "1 3")]
    [InlineData("1:xa", 1, "the entry does not follow the one before it", "1")]
    public async Task A_broken_chain_is_6_and_shown_where_it_is_broken(string chain, int broken, string what, string shown)
    {
        var entries = chain.Split(' ');
        await using var tampered = await StartAsync(entries, broken);
        string[] verify = ["audit", "verify", "r1", "--server", tampered.Urls.Single()];

        var (exitCode, output, errors) = await CliProcess.RunAsync(verify);

        Assert.Equal((6, ""), (exitCode, errors));
        Assert.StartsWith($"r1: the audit chain is broken at entry {broken}, of {entries.Length} entries: {what}\n", output, StringComparison.Ordinal);
        Assert.Equal(shown.Split(' '), output.Split('\n')[3..].Select(row => RunsTests.Words(row).Split(' ')[0]));

        var (exitCodeOfJson, json, _) = await CliProcess.RunAsync([.. verify, "--json"]);
        Assert.Equal((6, $$"""{"valid":false,"entries":{{entries.Length}},"first_broken":{{broken}},"unknown_version":null}"""), (exitCodeOfJson, json));
    }

    [Fact]
    public async Task A_chain_that_a_newer_server_sealed_is_6_and_neither_called_valid_nor_broken()
    {
        await using var older = await StartAsync(["1:0a", "2:ab", "3:bc"], broken: null, unknown: 3);

        var (exitCode, output, errors) = await CliProcess.RunAsync(["audit", "verify", "r1", "--server", older.Urls.Single()]);

        Assert.Equal((6, ""), (exitCode, errors));
        Assert.Equal("r1: nothing is broken, but the server does not know the hash version of entry 3, of 3 entries: ask a newer one", output.Trim());
    }

    /// <summary>A server whose store was tampered with, or has entries of a newer one.</summary>
    private static Task<WebApplication> StartAsync(string[] entries, int? broken, int? unknown = null) => StubServer.StartAsync(app =>
    {
        app.MapGet(
            "/api/v1/runs/r1/audit/verify",
            () => Results.Json(new { valid = false, entries = entries.Length, first_broken = broken, unknown_version = unknown }));
        app.MapGet("/api/v1/runs/r1/audit", () => Results.Json(new { entries = entries.Select(EntryOf) }));
    });

    private static object EntryOf(string entry) => new
    {
        sequence = int.Parse(entry[..1], null),
        actor_type = "operator",
        actor_id = "ada",
        action = "command.pause",
        payload_hash = Hash('f'),
        hash_version = 1,
        created_at = DateTimeOffset.UnixEpoch,
        prev_hash = Hash(entry[2]),
        entry_hash = Hash(entry[3]),
    };

    private static string Hash(char letter) => new(letter, 64);
}
