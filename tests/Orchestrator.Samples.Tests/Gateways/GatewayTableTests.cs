using Orchestrator.Samples.Tests.Tables;

namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>The table of <c>docs/workers.md</c> about gateways is what real workers do behind a proxy.</summary>
public sealed class GatewayTableTests(AllGateways gateways) : IClassFixture<AllGateways>
{
    private const string NotApplicable = "n/a";

    private static readonly IReadOnlyDictionary<(string Row, string Column), string> Table = MarkdownTable.Read("## What is between worker and server");

    private static readonly GatewayCell[] All =
    [
        .. from behaviour in GatewayBehaviour.All
           from client in behaviour.Clients
           from moment in Moments.Of(client)
           select new GatewayCell(behaviour.Row, moment, client),
    ];

    public static TheoryData<string, string, string> Cases { get; } = new(All.Select(cell => (cell.Row, cell.Moment, cell.Client)));

    [Fact]
    public void Every_cell_has_a_case_and_every_case_has_a_cell() => Assert.Equal(
        Table.Keys.Select(cell => $"{cell.Row} | {cell.Column}").Order(StringComparer.Ordinal),
        All.Select(cell => $"{cell.Row} | {cell.Moment}").Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_worker_behind_such_a_gateway_does_what_the_table_says(string row, string moment, string client)
    {
        var words = await gateways.WordsOfAsync(new GatewayCell(row, moment, client));

        Assert.Equal(Of(client, Table.GetValueOrDefault((row, moment), NotApplicable)), words);
    }

    /// <summary>What a cell says of a client: all of it, or the part that ends with the name of the client.</summary>
    private static string Of(string client, string cell)
    {
        var end = $" ({client})";
        return cell.Split(", ").SingleOrDefault(part => part.EndsWith(end, StringComparison.Ordinal)) is { } part ? part[..^end.Length] : cell;
    }
}
