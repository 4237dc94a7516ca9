namespace Orchestrator.Samples.Tests.Ends;

/// <summary>The table of <c>docs/workers.md</c> is what real workers do.</summary>
public sealed class EndsTableTests(EndsOfAllWorkers ends) : IClassFixture<EndsOfAllWorkers>
{
    public static TheoryData<string, string> Cases { get; } = new(EndsCases.All.Keys.Select(cell => (cell.Row, cell.Column)));

    [Fact]
    public void Every_cell_has_a_case_and_every_case_has_a_cell() =>
        Assert.Equal(Names(EndsTable.Cells.Keys), Names(EndsCases.All.Keys.Concat(EndsCases.NotApplicable)));

    [Fact]
    public void Only_an_end_that_a_language_does_not_have_is_not_applicable() =>
        Assert.Equal(Names(EndsCases.NotApplicable), Names(EndsTable.Cells.Where(cell => cell.Value == "n/a").Select(cell => cell.Key)));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_block_that_ends_so_leaves_what_the_table_says(string row, string column)
    {
        var cell = new EndsCell(row, column);

        var end = await ends.EndOfAsync(cell);

        Assert.Equal(EndsTable.Cells.GetValueOrDefault(cell), end.Words);
        end.CheckReports();
    }

    private static IEnumerable<string> Names(IEnumerable<EndsCell> cells) =>
        cells.Select(cell => $"{cell.Row} | {cell.Column}").Order(StringComparer.Ordinal);
}
