namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>A place in the table, for one client.</summary>
/// <param name="Row">The behaviour, as the first column names it.</param>
/// <param name="Moment">The moment, as the head of the column names it.</param>
/// <param name="Client">The client.</param>
internal sealed record GatewayCell(string Row, string Moment, string Client)
{
    public const string DotNet = ".NET";
    public const string Python = "Python";
}
