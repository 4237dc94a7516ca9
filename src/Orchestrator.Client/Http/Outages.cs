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

    public static Refusal NoAnswer(int tries) => Create("The server did not answer in time.", "timeout", tries);

    /// <param name="status">What something before the server answered.</param>
    /// <param name="tries">How often the call was sent.</param>
    /// <param name="asked">How long it asks to wait.</param>
    public static Refusal Gateway(HttpStatusCode status, int tries, TimeSpan? asked) => Create(
        $"A proxy or gateway answered {(int)status} in place of the server.", "gateway", tries, ("status", (int)status), ("retry_after", asked?.TotalSeconds ?? Soon));

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
