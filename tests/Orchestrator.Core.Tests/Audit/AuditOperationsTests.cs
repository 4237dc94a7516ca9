using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;

namespace Orchestrator.Core.Tests.Audit;

/// <summary>The verification of a chain as a store reads it: contract section 7.</summary>
public sealed class AuditOperationsTests
{
    [Fact]
    public async Task Invariant_10_a_chain_verifies_at_any_moment_while_actions_go_on()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var acting = Task.Run(() => ActAsync(host, run, 1_500));
        long seen;
        do
        {
            var verdict = (await host.Engine.Audit.VerifyAsync(run)).Value;
            Assert.Null(verdict.FirstBroken);
            Assert.True(verdict.Valid);
            seen = verdict.Entries;
        }
        while (!acting.IsCompleted || seen < 1_501);

        await acting;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_tampering_with_what_the_store_holds_is_found_and_the_first_broken_entry_is_named(bool keyed)
    {
        var store = new InterceptedStore(new InMemoryRunStore(TimeProvider.System));
        await using var host = new TestHost(store, configure: options =>
        {
            options.Audit.KeyId = keyed ? "k" : null;
            options.Audit.Keys.Add("k", AuditChain.Secret("k"));
        });
        var run = await host.StartAsync();
        await ActAsync(host, run, 12);
        var chain = (await host.Engine.Audit.ListAsync(run)).Value.Items;
        Assert.All(chain, entry => Assert.Equal(keyed ? "k" : null, entry.KeyId));
        var random = new Random(11);

        for (var n = 0; n < 500; n++)
        {
            var (entries, broken) = Tamper([.. chain], random);
            store.Audit = entries;
            Assert.Equal(new AuditVerdict(false, entries.Count, broken), (await host.Engine.Audit.VerifyAsync(run)).Value);
        }

        store.Audit = null;
        Assert.Equal(new AuditVerdict(true, 13, null), (await host.Engine.Audit.VerifyAsync(run)).Value);
    }

    [Fact]
    public async Task A_chain_that_was_sealed_with_a_key_does_not_verify_without_it()
    {
        await using var keyed = new TestHost(configure: options =>
        {
            options.Audit.KeyId = "k";
            options.Audit.Keys.Add("k", AuditChain.Secret("k"));
        });
        await using var other = new TestHost(keyed.Store, keyed.Time, options => options.Audit.Keys.Add("k", AuditChain.Secret("another")));
        var run = await keyed.StartAsync();
        await ActAsync(keyed, run, 3);

        Assert.Equal(new AuditVerdict(true, 4, null), (await keyed.Engine.Audit.VerifyAsync(run)).Value);
        Assert.Equal(new AuditVerdict(false, 4, 1), (await other.Engine.Audit.VerifyAsync(run)).Value);
    }

    /// <returns>The chain after somebody changed it, and the first entry that is not what it was.</returns>
    private static (IReadOnlyList<AuditEntry> Entries, long Broken) Tamper(List<AuditEntry> entries, Random random)
    {
        var at = random.Next(entries.Count);
        switch (random.Next(5))
        {
            case 0:
                entries[at] = entries[at] with { ActorId = "mallory" };
                break;
            case 1:
                entries.RemoveAt(at);
                break;
            case 2:
                entries.Insert(at, entries[at] with { ActorId = "mallory" });
                break;
            case 3:
                at = random.Next(entries.Count - 1);
                var other = random.Next(at + 1, entries.Count);
                (entries[at], entries[other]) = (entries[other], entries[at]);
                break;
            default:
                entries.RemoveRange(at, entries.Count - at);
                break;
        }

        return ([.. entries.Select((entry, index) => entry with { Sequence = index + 1 })], at + 1);
    }

    private static async Task ActAsync(TestHost host, RunId run, int actions)
    {
        for (var n = 0; n < actions; n++)
        {
            var to = n % 2 == 0 ? RunState.Paused : RunState.Running;
            _ = (await host.Runs.TransitionAsync(run, new TransitionRequest { To = to, Actor = TestHost.Ada })).Value;
        }
    }
}
