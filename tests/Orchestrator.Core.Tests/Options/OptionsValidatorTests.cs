using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Core.Tests.Audit;

namespace Orchestrator.Core.Tests.Options;

public sealed class OptionsValidatorTests
{
    [Theory]
    [InlineData("Heartbeats:MinInterval", "-00:00:01", "must not be negative")]
    [InlineData("Heartbeats:MaxBodyBytes", "1023", "must be at least 1024")]
    [InlineData("Health:StaleAfter", "00:00:00", "must be above zero")]
    [InlineData("Health:StaleAfter", "-00:00:01", "must be above zero")]
    [InlineData("Health:StartTimeout", "00:00:00", "must be above zero")]
    [InlineData("Health:UnresponsiveAfter", "00:00:45", "must be longer than Health:StaleAfter (00:00:45)")]
    [InlineData("Health:Grace", "-00:00:01", "must not be negative")]
    [InlineData("Health:StalledAfter", "-00:00:01", "must not be negative")]
    [InlineData("Health:MaxAttempts", "0", "must be at least 1")]
    [InlineData("Commands:RedeliveryTimeout", "00:00:00", "must be above zero")]
    [InlineData("Commands:TerminateGrace", "00:00:00", "must be above zero")]
    [InlineData("Commands:TerminateLimit", "00:01:59", "must not be shorter than Commands:TerminateGrace (00:02:00)")]
    [InlineData("Commands:MaxPending", "0", "must be at least 1")]
    [InlineData("Commands:MaxPending", "4097", "must not be larger than 4096")]
    [InlineData("Retention:EndedRuns", "-00:00:01", "must not be negative")]
    [InlineData("Retention:MaxEndedRuns", "-1", "must not be negative")]
    [InlineData("Limits:MaxWait", "00:00:00", "must be above zero and at most 00:01:00")]
    [InlineData("Limits:MaxWait", "-00:00:01", "must be above zero and at most 00:01:00")]
    [InlineData("Limits:MaxWait", "00:01:01", "must be above zero and at most 00:01:00")]
    public void Nonsense_is_refused_by_its_key_and_values(string key, string value, string rule) =>
        Assert.Equal([$"Orchestrator:{key} is {value}; it {rule}."], Configured.FaultsOf((key, value)));

    [Fact]
    public void Times_that_no_clock_can_reach_are_refused()
    {
        string[] keys =
        [
            "Heartbeats:MinInterval", "Health:StaleAfter", "Health:UnresponsiveAfter", "Health:StartTimeout", "Health:Grace", "Health:StalledAfter",
            "Commands:RedeliveryTimeout", "Commands:TerminateGrace", "Commands:TerminateLimit", "Retention:EndedRuns",
        ];
        foreach (var key in keys)
        {
            Assert.Contains(
                $"Orchestrator:{key} is 36500.00:00:01; it must not be longer than 36500.00:00:00.",
                Configured.FaultsOf((key, "36500.00:00:01")));
        }
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("-00:00:05")]
    [InlineData("00:00:00.0009999")]
    [InlineData("1.00:00:01")]
    public void A_sweep_interval_that_no_timer_can_keep_is_refused(string value) => Assert.Equal(
        [$"Orchestrator:Health:SweepInterval is {value}; it must be from 00:00:00.0010000 to 1.00:00:00."],
        Configured.FaultsOf(("Health:SweepInterval", value)));

    [Fact]
    public void A_policy_that_does_not_exist_is_refused() =>
        Assert.Equal(
            ["Orchestrator:Health:OnUnresponsive is 9; it must be one of Recommend, Requeue, Fail."],
            Assert.Throws<OptionsValidationException>(() => Configured.From(Configured.Section(), options => options.Health.OnUnresponsive = (UnresponsivePolicy)9)).Failures);

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once() =>
        Assert.Equal(3, Configured.FaultsOf(("Heartbeats:MaxBodyBytes", "1"), ("Health:MaxAttempts", "0"), ("Audit:KeyId", "k")).Count());

    [Fact]
    public void Bad_audit_keys_are_refused_by_their_key_and_never_shown()
    {
        var secret = AuditChain.Secret("a");

        Assert.Equal(["Orchestrator:Audit:KeyId is c; it must be one of Audit:Keys (a)."], Configured.FaultsOf(("Audit:KeyId", "c"), ("Audit:Keys:a", secret)));
        Assert.Equal(["Orchestrator:Audit:Keys:a has 6 bytes; it must have at least 32."], Configured.FaultsOf(("Audit:Keys:a", "c2VjcmV0")));
        Assert.Equal(["Orchestrator:Audit:Keys:a is not base64."], Configured.FaultsOf(("Audit:Keys:a", secret[1..])));
        Assert.Equal(["Orchestrator:Audit:Keys:a has 0 bytes; it must have at least 32."], Configured.FaultsOf(("Audit:Keys:a", "")));
        Assert.Equal(["Orchestrator:Audit:Keys:a has 0 bytes; it must have at least 32."], Configured.FaultsOf(("Audit:Keys:a:b", secret)));
    }

    [Fact]
    public async Task A_host_does_not_start_with_nonsense()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = ["--Orchestrator:Commands:MaxPending=0"] });
        builder.Services.AddOrchestrator();
        using var host = builder.Build();

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal("Orchestrator:Commands:MaxPending is 0; it must be at least 1.", fault.Message);
    }

    [Fact]
    public async Task A_host_starts_with_the_longest_and_the_shortest_times()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = ["--Orchestrator:Health:SweepInterval=1.00:00:00", "--Orchestrator:Commands:TerminateLimit=36500.00:00:00", "--Orchestrator:Health:Grace=0"],
        });
        builder.Logging.ClearProviders();
        builder.Services.AddOrchestrator();
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();
    }
}
