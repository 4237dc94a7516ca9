using System.Reflection;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Diagnostics;

namespace Orchestrator.Core.Tests.Diagnostics;

/// <summary>Log events are a contract with whoever alerts on them: an id keeps its meaning.</summary>
public sealed class LogEventTests
{
    [Fact]
    public void Every_log_event_has_the_id_and_the_level_that_it_always_had() =>
        Assert.Equal(
            [
                "1 Warning StoreUnavailable",
                "2 Information RunMoved",
                "3 Warning HeartbeatRefused",
                "4 Warning LossNotFinite",
                "5 Information RunHealthChanged",
                "6 Warning TerminateRecommended",
                "7 Error RunRolledBack",
                "8 Error GaveUpOnConflicts",
                "9 Warning StoreStillUnavailable",
                "10 Information StoreAvailable",
                "11 Error StatementRefused",
                "12 Information RunStalled",
                "100 Debug OutcomeUnknown",
                "101 Warning BatchRefused",
                "102 Error WriteRefused",
                "300 Warning SweepBrokenOff",
                "301 Error FleetSilent",
                "302 Warning SweepUnfit",
                "303 Error SweepFailed",
                "304 Error RunNotSwept",
                "400 Warning PublisherFailed",
                "401 Error PublisherFellBehind",
                "402 Information EventPublished",
                "403 Warning PublisherPositionUnreadable",
                "404 Warning EventsPassedOver",
                "500 Error HousekeepingFailed",
                "501 Information RunsDropped",
            ],
            Events().OrderBy(told => told.Attribute.EventId).Select(told => $"{told.Attribute.EventId} {told.Attribute.Level} {told.Attribute.EventName ?? told.Method.Name}"));

    [Fact]
    public void No_id_and_no_name_is_used_twice()
    {
        var events = Events().ToArray();

        Assert.Equal(events.Length, events.Select(told => told.Attribute.EventId).Distinct().Count());
        Assert.Equal(events.Length, events.Select(told => told.Attribute.EventName ?? told.Method.Name).Distinct().Count());
    }

    [Fact]
    public void No_log_event_takes_text_of_a_caller_as_it_is()
    {
        // A publisher is named by the host, a type of event and a note by this package.
        string[] own = ["publisher", "type", "note"];

        var texts = Events().SelectMany(told => told.Method.GetParameters()).Where(parameter => parameter.ParameterType == typeof(string));

        Assert.All(texts, parameter => Assert.Contains(parameter.Name, own));
    }

    [Theory]
    [InlineData("ada", "ada")]
    [InlineData("Ada Lovelace, größe 😂", "Ada Lovelace, größe 😂")]
    [InlineData("a\u001b[2J\r\nb", "a\\u001B[2J\\u000D\\u000Ab")]
    [InlineData("\u202Egnp\u2028\u0085\u007f", "\\u202Egnp\\u2028\\u0085\\u007F")]
    public void Text_of_a_caller_is_logged_on_one_line_and_without_escapes(string text, string logged) => Assert.Equal(logged, new LogText(text).ToString());

    private static IEnumerable<(MethodInfo Method, LoggerMessageAttribute Attribute)> Events() =>
        from type in typeof(Telemetry).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (method, attribute);
}
