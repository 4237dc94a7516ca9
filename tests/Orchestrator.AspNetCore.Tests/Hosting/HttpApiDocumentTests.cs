using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Hosting;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Hosting;

/// <summary><c>docs/http-api.md</c> has what the code has, no more and no less.</summary>
public sealed partial class HttpApiDocumentTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Root(), "docs", "http-api.md"));

    private readonly IReadOnlyList<EndpointRow> _rows =
        EndpointTable.Create(shared.Host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());

    [Fact]
    public void Every_endpoint_is_in_its_table_with_its_audience() => Assert.Equal(
        _rows.Select(row => $"{row.Method} {row.Pattern} {row.Audience.ToString().ToLowerInvariant()}").Order(),
        EndpointLine().Matches(Document).Select(line => $"{line.Groups["endpoint"].Value} {line.Groups["audience"].Value}").Order());

    [Fact]
    public void Every_endpoint_has_a_section_with_a_request_and_an_answer()
    {
        var sections = Section().Matches(Document).ToDictionary(section => section.Groups["endpoint"].Value, section => section.Groups["text"].Value);

        Assert.Equal(_rows.Select(row => $"{row.Method} {row.Pattern}").Order(), sections.Keys.Order());
        Assert.All(_rows, row =>
        {
            var path = Regex.Escape("/api/v1" + row.Pattern).Replace(@"\{id}", "[^/]+", StringComparison.Ordinal).Replace(@"\{command_id}", "[^/]+", StringComparison.Ordinal);
            var text = sections[$"{row.Method} {row.Pattern}"];
            Assert.Matches($@"```http\n{row.Method} {path}(\?\S+)?\n", text);
            var status = int.Parse(Answer().Match(text).Groups["status"].Value, null);
            Assert.Contains(status, row.Answers.Select(answer => answer.Status));
        });
    }

    [Fact]
    public void Every_error_code_is_in_its_table_with_its_status() => Assert.Equal(
        Enum.GetValues<RefusalCode>().Select(code => $"{code.ToWireName()} {ProblemCodes.Status(code)}")
            .Append($"{ProblemCodes.MethodNotAllowed} 405").Append($"{ProblemCodes.NotFound} 404").Order(),
        CodeLine().Matches(Document).Select(line => $"{line.Groups["code"].Value} {line.Groups["status"].Value}").Order());

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("no folder above the tests has Orchestrator.sln");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^\| \[`(?<endpoint>[A-Z]+ /[^`]+)`\]\(#[^)]+\) \| (?<audience>\w+) \|", RegexOptions.Multiline)]
    private static partial Regex EndpointLine();

    [GeneratedRegex(@"^### `(?<endpoint>[A-Z]+ /[^`]+)`\n(?<text>.*?)(?=^##)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"```http\nHTTP/1\.1 (?<status>\d{3}) ")]
    private static partial Regex Answer();

    [GeneratedRegex(@"^\| `(?<code>\w+)` \| (?<status>\d{3}) \|", RegexOptions.Multiline)]
    private static partial Regex CodeLine();
}
