using System.Text.Json;

namespace Orchestrator.Core.Validation;

/// <summary>The form of requests that every store and JSON keep exactly. Requests take it before they are checked, compared, hashed or stored.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Times are in UTC and whole microseconds; smaller digits are dropped.</item>
/// <item>Spans are whole microseconds; smaller digits are dropped. Negative spans stay as they are, because every rule refuses them.</item>
/// <item>A JSON null is absent.</item>
/// <item>A status message of a worker is cut to 4,096 characters, the last of them <c>…</c>: a worker that reports a long stack trace stays heard.</item>
/// </list>
/// </remarks>
internal static class Normal
{
    /// <summary>The most characters of a status message.</summary>
    public const int MaxStatusMessage = 4_096;

    public static Heartbeat Of(Heartbeat heartbeat) =>
        heartbeat.Notes is { Length: > MaxStatusMessage } notes ? heartbeat with { Notes = Cut(notes) } : heartbeat;

    public static TransitionRequest Of(TransitionRequest request) =>
        request.StatusMessage is { Length: > MaxStatusMessage } message ? request with { StatusMessage = Cut(message) } : request;

    public static NewRun Of(NewRun request) => request with
    {
        LaunchManifest = Of(request.LaunchManifest),
        Overrides = Of(request.Overrides),
        HealthPolicy = request.HealthPolicy is { } policy
            ? new HealthPolicy(Of(policy.StaleAfter), Of(policy.UnresponsiveAfter), Of(policy.StalledAfter))
            : null,
    };

    public static NewCommand Of(NewCommand request) => request with
    {
        Payload = Of(request.Payload),
        IssuedAt = Of(request.IssuedAt),
        ExpiresAt = Of(request.ExpiresAt),
    };

    public static SnoozeRequest Of(SnoozeRequest request) => request with { Until = Of(request.Until), For = Of(request.For) };

    public static RunFilter Of(RunFilter filter) => filter with { CreatedAfter = Of(filter.CreatedAfter), CreatedBefore = Of(filter.CreatedBefore) };

    private static string Cut(string text)
    {
        var kept = MaxStatusMessage - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept), "…");
    }

    private static DateTimeOffset? Of(DateTimeOffset? time) => time is { } given
        ? new DateTimeOffset(given.UtcTicks - (given.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero)
        : null;

    private static TimeSpan? Of(TimeSpan? span) => span is { Ticks: > 0 and var ticks } ? new TimeSpan(ticks - (ticks % TimeSpan.TicksPerMicrosecond)) : span;

    private static JsonElement? Of(JsonElement? json) => json is { ValueKind: JsonValueKind.Null } ? null : json;
}
