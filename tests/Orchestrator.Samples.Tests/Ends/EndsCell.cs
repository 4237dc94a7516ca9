namespace Orchestrator.Samples.Tests.Ends;

/// <summary>A place in the table.</summary>
/// <param name="Row">The way to end, as the first column names it.</param>
/// <param name="Column">The language of the worker.</param>
internal sealed record EndsCell(string Row, string Column)
{
    public const string DotNet = ".NET";
    public const string Python = "Python";
}
