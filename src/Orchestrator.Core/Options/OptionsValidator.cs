using Microsoft.Extensions.Options;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Options;

/// <summary>Refuses options that make no sense, naming the key and the values.</summary>
internal sealed class OptionsValidator : IValidateOptions<OrchestratorOptions>
{
    /// <summary>Longer times lead out of what a date can hold.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>What a timer can keep, and still be a sweep.</summary>
    private static readonly (TimeSpan Min, TimeSpan Max) Sweep = (TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));

    /// <summary>
    /// A store reads the waiting commands of a run with each change of it, so that each of them makes each change slower. A script of Redis passes no more
    /// than some 8,000 values to one call; half of that leaves room for what else the call carries.
    /// </summary>
    private const int MaxPending = 4_096;

    public ValidateOptionsResult Validate(string? name, OrchestratorOptions options)
    {
        var faults = new List<string>();
        var (heartbeats, health, commands, retention) = (options.Heartbeats, options.Health, options.Commands, options.Retention);

        NotNegative("Heartbeats:MinInterval", heartbeats.MinInterval);
        Require(heartbeats.MaxBodyBytes >= 1024, "Heartbeats:MaxBodyBytes", heartbeats.MaxBodyBytes, "must be at least 1024");
        Positive("Health:StaleAfter", health.StaleAfter);
        Positive("Health:StartTimeout", health.StartTimeout);
        Require(health.SweepInterval >= Sweep.Min && health.SweepInterval <= Sweep.Max, "Health:SweepInterval", health.SweepInterval, $"must be from {Sweep.Min} to {Sweep.Max}");
        Require(health.UnresponsiveAfter > health.StaleAfter, "Health:UnresponsiveAfter", health.UnresponsiveAfter, $"must be longer than Health:StaleAfter ({health.StaleAfter})");
        NotTooLong("Health:UnresponsiveAfter", health.UnresponsiveAfter);
        Require(heartbeats.MinInterval < health.StaleAfter || health.StaleAfter <= TimeSpan.Zero, "Heartbeats:MinInterval", heartbeats.MinInterval, $"must be shorter than Health:StaleAfter ({health.StaleAfter})");
        NotNegative("Health:Grace", health.Grace);
        NotNegative("Health:StalledAfter", health.StalledAfter);
        Require(Enum.IsDefined(health.OnUnresponsive), "Health:OnUnresponsive", health.OnUnresponsive, "must be one of " + string.Join(", ", Enum.GetNames<UnresponsivePolicy>()));
        Require(health.MaxAttempts >= 1, "Health:MaxAttempts", health.MaxAttempts, "must be at least 1");
        Positive("Commands:RedeliveryTimeout", commands.RedeliveryTimeout);
        Positive("Commands:TerminateGrace", commands.TerminateGrace);
        Require(commands.TerminateLimit >= commands.TerminateGrace, "Commands:TerminateLimit", commands.TerminateLimit, $"must not be shorter than Commands:TerminateGrace ({commands.TerminateGrace})");
        NotTooLong("Commands:TerminateLimit", commands.TerminateLimit);
        Require(commands.MaxPending >= 1, "Commands:MaxPending", commands.MaxPending, "must be at least 1");
        Require(commands.MaxPending <= MaxPending, "Commands:MaxPending", commands.MaxPending, $"must not be larger than {MaxPending}");
        NotNegative("Retention:EndedRuns", retention.EndedRuns ?? TimeSpan.Zero);
        Require(retention.MaxEndedRuns >= 0, "Retention:MaxEndedRuns", retention.MaxEndedRuns, "must not be negative");
        Require(options.Limits.MaxWait > TimeSpan.Zero && options.Limits.MaxWait <= Rules.LongestWait, "Limits:MaxWait", options.Limits.MaxWait, $"must be above zero and at most {Rules.LongestWait}");
        faults.AddRange(AuditKeys.FindFaults(options.Audit).Select(fault => $"{OrchestratorOptions.SectionName}:{fault}"));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Positive(string key, TimeSpan value)
        {
            Require(value > TimeSpan.Zero, key, value, "must be above zero");
            NotTooLong(key, value);
        }

        void NotNegative(string key, TimeSpan value)
        {
            Require(value >= TimeSpan.Zero, key, value, "must not be negative");
            NotTooLong(key, value);
        }

        void NotTooLong(string key, TimeSpan value) => Require(value <= Longest, key, value, $"must not be longer than {Longest}");

        void Require(bool holds, string key, object? value, string rule)
        {
            if (!holds)
            {
                faults.Add(FormattableString.Invariant($"{OrchestratorOptions.SectionName}:{key} is {value}; it {rule}."));
            }
        }
    }
}
