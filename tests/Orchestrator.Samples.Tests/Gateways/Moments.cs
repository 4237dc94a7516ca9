namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>The moments at which a gateway misbehaves: the columns of the table.</summary>
internal static class Moments
{
    public const string Claim = "claim";
    public const string Heartbeat = "heartbeat";

    /// <summary>Only the .NET client polls. In Python commands arrive with the answers to heartbeats.</summary>
    public const string Poll = "poll (.NET)";
    public const string Acknowledgement = "ack";
    public const string End = "end";
    public const string EndForever = "end, without an answer to the last";

    public static IReadOnlyList<string> Of(string client) =>
        client == GatewayCell.DotNet ? [Claim, Heartbeat, Poll, Acknowledgement, End, EndForever] : [Claim, Heartbeat, Acknowledgement, End, EndForever];

    /// <summary>The method of the calls of a moment, and the end of their path without the query.</summary>
    public static (string Method, string PathPart) CallsOf(string moment) => moment switch
    {
        Claim => ("POST", "/runs/claim"),
        Heartbeat => ("POST", "/heartbeat"),
        Poll => ("GET", "/commands/next"),
        Acknowledgement => ("POST", "/ack"),
        _ => ("POST", "/transitions"),
    };
}
