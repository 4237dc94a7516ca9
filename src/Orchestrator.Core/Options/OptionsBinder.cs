using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Orchestrator.Core.Options;

/// <summary>Reads the options from configuration, key by key, so that a value which cannot be read is reported with its key.</summary>
internal sealed class OptionsBinder(IConfiguration? configuration = null) : IConfigureOptions<OrchestratorOptions>
{
    public void Configure(OrchestratorOptions options)
    {
        if (configuration?.GetSection(OrchestratorOptions.SectionName) is not { } section)
        {
            return;
        }

        Read(section, "Heartbeats:MinInterval", Duration, (TimeSpan value) => options.Heartbeats.MinInterval = value);
        Read(section, "Heartbeats:MaxBodyBytes", Integer, (int value) => options.Heartbeats.MaxBodyBytes = value);
        Read(section, "Heartbeats:Tolerant", bool.TryParse, (bool value) => options.Heartbeats.Tolerant = value);
        Read(section, "Health:StaleAfter", Duration, (TimeSpan value) => options.Health.StaleAfter = value);
        Read(section, "Health:UnresponsiveAfter", Duration, (TimeSpan value) => options.Health.UnresponsiveAfter = value);
        Read(section, "Health:StartTimeout", Duration, (TimeSpan value) => options.Health.StartTimeout = value);
        Read(section, "Health:SweepInterval", Duration, (TimeSpan value) => options.Health.SweepInterval = value);
        Read(section, "Health:Grace", Duration, (TimeSpan value) => options.Health.Grace = value);
        Read(section, "Health:StalledAfter", Duration, (TimeSpan value) => options.Health.StalledAfter = value);
        Read(section, "Health:OnUnresponsive", Policy, (UnresponsivePolicy value) => options.Health.OnUnresponsive = value);
        Read(section, "Health:MaxAttempts", Integer, (int value) => options.Health.MaxAttempts = value);
        Read(section, "Commands:RedeliveryTimeout", Duration, (TimeSpan value) => options.Commands.RedeliveryTimeout = value);
        Read(section, "Commands:TerminateGrace", Duration, (TimeSpan value) => options.Commands.TerminateGrace = value);
        Read(section, "Commands:TerminateLimit", Duration, (TimeSpan value) => options.Commands.TerminateLimit = value);
        Read(section, "Commands:MaxPending", Integer, (int value) => options.Commands.MaxPending = value);
        Read(section, "Retention:EndedRuns", Duration, (TimeSpan value) => options.Retention.EndedRuns = value);
        Read(section, "Retention:MaxEndedRuns", Integer, (int value) => options.Retention.MaxEndedRuns = value);
        Read(section, "Limits:MaxWait", Duration, (TimeSpan value) => options.Limits.MaxWait = value);
        Read(section, "Audit:KeyId", Text, (string value) => options.Audit.KeyId = value);
        Read(section, "Audit:AcceptUnkeyed", bool.TryParse, (bool value) => options.Audit.AcceptUnkeyed = value);
        foreach (var key in section.GetSection("Audit:Keys").GetChildren())
        {
            options.Audit.Keys[key.Key] = key.Value ?? "";
        }
    }

    private delegate bool Parser<T>(string text, out T value);

    private static void Read<T>(IConfiguration section, string key, Parser<T> parse, Action<T> set)
    {
        if (section[key] is not { Length: > 0 } text)
        {
            return;
        }

        if (!parse(text, out var value))
        {
            throw new OptionsValidationException(
                nameof(OrchestratorOptions),
                typeof(OrchestratorOptions),
                [$"{OrchestratorOptions.SectionName}:{key} is '{text}', which is not {Describe<T>()}."]);
        }

        set(value);
    }

    /// <summary>A bare number is refused, as .NET takes it for days, and whoever writes it means seconds.</summary>
    private static bool Duration(string text, out TimeSpan value) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && (value == TimeSpan.Zero || text.Contains(':', StringComparison.Ordinal));

    private static bool Integer(string text, out int value) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    private static bool Text(string text, out string value)
    {
        value = text;
        return true;
    }

    private static bool Policy(string text, out UnresponsivePolicy value) =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value);

    private static string Describe<T>() =>
        typeof(T) == typeof(TimeSpan) ? "a time such as 00:00:05"
        : typeof(T) == typeof(int) ? "a whole number"
        : typeof(T) == typeof(bool) ? "true or false"
        : "one of " + string.Join(", ", Enum.GetNames<UnresponsivePolicy>());
}
