using Microsoft.Extensions.Configuration;
using Orchestrator.Core.Tests.Audit;

namespace Orchestrator.Core.Tests.Options;

public sealed class OptionsBinderTests
{
    private static readonly string Secret = AuditChain.Secret("a");

    /// <summary>Every key, its default as contract section 9 has it, another value, and how that reads.</summary>
    public static TheoryData<string, Func<OrchestratorOptions, object?>, string, string, string> Keys => new()
    {
        { "Heartbeats:MinInterval", options => options.Heartbeats.MinInterval, "00:00:05", "00:00:00", "00:00:00" },
        { "Heartbeats:MaxBodyBytes", options => options.Heartbeats.MaxBodyBytes, "32768", "1024", "1024" },
        { "Heartbeats:Tolerant", options => options.Heartbeats.Tolerant, "False", "true", "True" },
        { "Health:StaleAfter", options => options.Health.StaleAfter, "00:00:45", "00:00:46", "00:00:46" },
        { "Health:UnresponsiveAfter", options => options.Health.UnresponsiveAfter, "00:02:15", "00:02:16", "00:02:16" },
        { "Health:StartTimeout", options => options.Health.StartTimeout, "00:10:00", "00:11:00", "00:11:00" },
        { "Health:SweepInterval", options => options.Health.SweepInterval, "00:00:05", "00:00:01.5", "00:00:01.5000000" },
        { "Health:Grace", options => options.Health.Grace, "00:00:45", "00:00:00", "00:00:00" },
        { "Health:StalledAfter", options => options.Health.StalledAfter, "00:30:00", "00:00:00", "00:00:00" },
        { "Health:OnUnresponsive", options => options.Health.OnUnresponsive, "Recommend", "requeue", "Requeue" },
        { "Health:MaxAttempts", options => options.Health.MaxAttempts, "3", "1", "1" },
        { "Commands:RedeliveryTimeout", options => options.Commands.RedeliveryTimeout, "00:00:30", "00:00:10", "00:00:10" },
        { "Commands:TerminateGrace", options => options.Commands.TerminateGrace, "00:02:00", "00:15:00", "00:15:00" },
        { "Commands:TerminateLimit", options => options.Commands.TerminateLimit, "00:15:00", "1.00:00:00", "1.00:00:00" },
        { "Commands:MaxPending", options => options.Commands.MaxPending, "256", "1", "1" },
        { "Retention:EndedRuns", options => options.Retention.EndedRuns, "", "30.00:00:00", "30.00:00:00" },
        { "Retention:MaxEndedRuns", options => options.Retention.MaxEndedRuns, "10000", "0", "0" },
        { "Limits:MaxWait", options => options.Limits.MaxWait, "00:01:00", "00:00:50", "00:00:50" },
        { "Audit:AcceptUnkeyed", options => options.Audit.AcceptUnkeyed, "False", "true", "True" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_has_the_default_of_the_contract(
        string key, Func<OrchestratorOptions, object?> read, string byDefault, string value, string reads)
    {
        Assert.NotEqual(byDefault, reads);
        Assert.Equal((key, byDefault), (key, Text(read(new OrchestratorOptions()))));
        Assert.Equal((key, byDefault), (key, Text(read(Configured.From()))));
        Assert.Equal((key, byDefault), (key, Text(read(Configured.From((key, ""))))));
        Assert.NotEmpty(value);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_is_read_from_files_variables_and_the_command_line(
        string key, Func<OrchestratorOptions, object?> read, string byDefault, string value, string reads)
    {
        var prefix = $"T{Guid.NewGuid():N}_";
        var variable = $"{prefix}Orchestrator__{key.Replace(":", "__", StringComparison.Ordinal)}";
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            Assert.Equal((key, reads), (key, Text(read(Configured.From(new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build())))));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        Assert.Equal((key, reads), (key, Text(read(Configured.From((key, value))))));
        Assert.Equal((key, reads), (key, Text(read(Configured.From((key.ToUpperInvariant(), value))))));
        Assert.Equal((key, reads), (key, Text(read(Configured.From(new ConfigurationBuilder().AddCommandLine([$"--Orchestrator:{key}={value}"]).Build())))));
        Assert.NotEqual(byDefault, reads);
    }

    [Fact]
    public void No_option_is_forgotten_by_the_tests()
    {
        var properties = typeof(OrchestratorOptions).GetProperties()
            .SelectMany(section => section.PropertyType.GetProperties().Where(property => property.CanWrite).Select(property => $"{section.Name}:{property.Name}"));

        Assert.Equal(properties.Order(), Keys.Select(row => row.Data.Item1).Append("Audit:KeyId").Order());
    }

    [Fact]
    public void Audit_keys_are_read_by_their_ids()
    {
        var audit = Configured.From(("Audit:KeyId", "B"), ("Audit:Keys:a", Secret), ("Audit:Keys:b", AuditChain.Secret("b"))).Audit;

        Assert.Equal("B", audit.KeyId);
        Assert.Equal(["a", "b"], audit.Keys.Keys.Order());
        Assert.Equal(Secret, audit.Keys["A"]);
    }

    [Fact]
    public void Code_goes_before_configuration()
    {
        var options = Configured.From(Configured.Section(("Health:MaxAttempts", "5"), ("Commands:MaxPending", "9")), options => options.Health.MaxAttempts = 7);

        Assert.Equal((7, 9), (options.Health.MaxAttempts, options.Commands.MaxPending));
    }

    [Theory]
    [InlineData("Heartbeats:MinInterval", "soon", "which is not a time such as 00:00:05")]
    [InlineData("Heartbeats:MinInterval", "5s", "which is not a time such as 00:00:05")]
    [InlineData("Heartbeats:MinInterval", "5", "which is not a time such as 00:00:05")]
    [InlineData("Heartbeats:MaxBodyBytes", "1e4", "which is not a whole number")]
    [InlineData("Heartbeats:MaxBodyBytes", "99999999999", "which is not a whole number")]
    [InlineData("Health:OnUnresponsive", "Panic", "which is not one of Recommend, Requeue, Fail")]
    [InlineData("Health:OnUnresponsive", "7", "which is not one of Recommend, Requeue, Fail")]
    [InlineData("Audit:AcceptUnkeyed", "maybe", "which is not true or false")]
    public void A_value_that_cannot_be_read_is_told_with_its_key(string key, string value, string rule) =>
        Assert.Equal([$"Orchestrator:{key} is '{value}', {rule}."], Configured.FaultsOf((key, value)));

    private static string Text(object? value) => FormattableString.Invariant($"{value}");
}
