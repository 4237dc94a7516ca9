using System.Net;

namespace Orchestrator.Client.Http;

/// <summary>
/// The refusals of a server that cannot be reached. They have the code of a store that cannot be reached, because they mean the same to a
/// caller: nothing was acknowledged, and the same request may be sent again. <c>cause</c> says which it was.
/// </summary>
internal static class Outages
{
    private const double Soon = 1.0;

    public static Refusal NoConnection(Exception fault, int tries) =>
        Create($"There was no connection to the server, or it broke: {fault.Message}", "connection", tries);

    /// <summary>What a handler of the HTTP client threw. A message about a header is left out, because it may quote a token.</summary>
    public static Refusal NotSent(Exception fault, int tries) => fault switch
    {
        HttpRequestException or IOException => NoConnection(fault, tries),
        FormatException => NotSent("a handler of the HTTP client sets a header that cannot be sent, such as a token with a line break.", tries),
        NotSupportedException => NotSent($"{fault.Message} An https+http address needs service discovery: AddServiceDiscovery().", tries),
        _ => NotSent($"{fault.GetType().Name}: {fault.Message}", tries),
    };

    public static Refusal NoAnswer(int tries) => Create("The server did not answer in time.", "timeout", tries);

    /// <param name="status">What something before the server answered.</param>
    /// <param name="tries">How often the call was sent.</param>
    /// <param name="asked">How long it asks to wait.</param>
    public static Refusal Gateway(HttpStatusCode status, int tries, TimeSpan? asked) => Create(
        $"A proxy or gateway answered {(int)status} in place of the server.", "gateway", tries, ("status", (int)status), ("retry_after", asked?.TotalSeconds ?? Soon));

    private static Refusal NotSent(string reason, int tries) => Create($"The request could not be sent: {reason}", "connection", tries);

    private static Refusal Create(string message, string cause, int tries, params ReadOnlySpan<(string Name, object Value)> more)
    {
        var details = new Dictionary<string, object?> { ["cause"] = cause, ["tries"] = tries, ["retry_after"] = Soon };
        foreach (var (name, value) in more)
        {
            details[name] = value;
        }

        return new(RefusalCode.StoreUnavailable, message) { Details = details };
    }
}
