using Microsoft.Extensions.Options;
using Orchestrator.Core.Audit;

namespace Orchestrator.Core.Options;

/// <summary>Refuses options that make no sense, naming the key and the values.</summary>
internal sealed class OptionsValidator : IValidateOptions<OrchestratorOptions>
{
    public ValidateOptionsResult Validate(string? name, OrchestratorOptions options)
    {
        var faults = new List<string>();
        var (heartbeats, health, commands, retention) = (options.Heartbeats, options.Health, options.Commands, options.Retention);

        Require(heartbeats.MinInterval >= TimeSpan.Zero, "Heartbeats:MinInterval", heartbeats.MinInterval, "must not be negative");
        Require(heartbeats.MaxBodyBytes >= 1024, "Heartbeats:MaxBodyBytes", heartbeats.MaxBodyBytes, "must be at least 1024");
        Positive("Health:StaleAfter", health.StaleAfter);
        Positive("Health:StartTimeout", health.StartTimeout);
        Positive("Health:SweepInterval", health.SweepInterval);
        Require(health.UnresponsiveAfter > health.StaleAfter, "Health:UnresponsiveAfter", health.UnresponsiveAfter, $"must be longer than Health:StaleAfter ({health.StaleAfter})");
        Require(health.Grace >= TimeSpan.Zero, "Health:Grace", health.Grace, "must not be negative");
        Require(health.StalledAfter >= TimeSpan.Zero, "Health:StalledAfter", health.StalledAfter, "must not be negative");
        Require(Enum.IsDefined(health.OnUnresponsive), "Health:OnUnresponsive", health.OnUnresponsive, "must be one of " + string.Join(", ", Enum.GetNames<UnresponsivePolicy>()));
        Require(health.MaxAttempts >= 1, "Health:MaxAttempts", health.MaxAttempts, "must be at least 1");
        Positive("Commands:RedeliveryTimeout", commands.RedeliveryTimeout);
        Positive("Commands:TerminateGrace", commands.TerminateGrace);
        Require(commands.TerminateLimit >= commands.TerminateGrace, "Commands:TerminateLimit", commands.TerminateLimit, $"must not be shorter than Commands:TerminateGrace ({commands.TerminateGrace})");
        Require(commands.MaxPending >= 1, "Commands:MaxPending", commands.MaxPending, "must be at least 1");
        Require(retention.EndedRuns is not { } kept || kept >= TimeSpan.Zero, "Retention:EndedRuns", retention.EndedRuns, "must not be negative");
        Require(retention.MaxEndedRuns >= 0, "Retention:MaxEndedRuns", retention.MaxEndedRuns, "must not be negative");
        faults.AddRange(AuditKeys.FindFaults(options.Audit).Select(fault => $"{OrchestratorOptions.SectionName}:{fault}"));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Positive(string key, TimeSpan value) => Require(value > TimeSpan.Zero, key, value, "must be above zero");

        void Require(bool holds, string key, object? value, string rule)
        {
            if (!holds)
            {
                faults.Add(FormattableString.Invariant($"{OrchestratorOptions.SectionName}:{key} is {value}; it {rule}."));
            }
        }
    }
}
