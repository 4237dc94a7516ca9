using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Tests.Errors;

/// <summary>
/// <c>docs/errors.md</c> is written from the answers of a real host. <c>ORCHESTRATOR_WRITE_DOCUMENTS=1</c> writes it anew; otherwise it must be as it would be
/// written.
/// </summary>
public sealed partial class ErrorsDocumentTests
{
    [Fact]
    public async Task The_document_has_every_answer_as_the_server_gives_it()
    {
        var text = await WriteAsync();
        var path = Path.Combine(Root(), "docs", "errors.md");
        if (Environment.GetEnvironmentVariable("ORCHESTRATOR_WRITE_DOCUMENTS") == "1")
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), text);
    }

    [Fact]
    public async Task Every_code_has_an_example()
    {
        var caused = new HashSet<string>();
        foreach (var example in ErrorExamples.OfCodes)
        {
            caused.Add((await example.CauseAsync()).Code);
        }

        Assert.Equal(
            Enum.GetValues<RefusalCode>().Select(code => code.ToWireName()).Append(ProblemCodes.NotFound).Append(ProblemCodes.MethodNotAllowed).Order(StringComparer.Ordinal),
            caused.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_message_is_a_sentence_without_words_of_the_inside()
    {
        foreach (var example in ErrorExamples.OfCodes.Concat(ErrorExamples.OfMembers))
        {
            var message = (await example.CauseAsync())["error"].GetProperty("message").GetString()!;

            Assert.EndsWith(".", message, StringComparison.Ordinal);
            Assert.DoesNotMatch(InsideWords(), message);
        }
    }

    [Theory]
    [InlineData("""POST /runs {"experiment_id":"e1"}""", "version_id is required: 1 to 128 characters")]
    [InlineData("""POST /runs {"labels":{"lr":0.1}}""", "labels.lr must be a string.")]
    [InlineData("""POST /runs {"priority":"high"}""", "priority must be an integer of 32 bits.")]
    [InlineData("""POST /runs {"health_policy":{"stale_after":"1"}}""", "health_policy.stale_after must be a number.")]
    [InlineData("""POST /runs {"health_policy":5}""", "health_policy must be a JSON object.")]
    [InlineData("""POST /runs/claim {"takeover":1}""", "takeover must be true or false.")]
    [InlineData("""POST /runs/r1/heartbeat {"queued_commands":[1]}""", "queued_commands.0 must be a string.")]
    [InlineData("""POST /runs/r1/heartbeat {"queued_commands":{}}""", "queued_commands must be a JSON array.")]
    [InlineData("""POST /runs/r1/heartbeat {"metrics":{"a b":"x"}}""", "metrics.a b must be a number.")]
    [InlineData("""POST /runs/r1/heartbeat {"notes":"\ud800"}""", "The body has text with half a surrogate pair.")]
    [InlineData("""POST /runs/r1/heartbeat {"other":{"a":1,"a":2}}""", "The body has the member 'a' twice.")]
    [InlineData("""POST /runs/r1/commands/c1/ack {"applied":{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}""", "The body nests deeper than 32 levels.")]
    public async Task A_message_names_what_to_put_right(string request, string message) => Assert.Contains(
        message, (await new ErrorExample(request).CauseAsync())["error"].GetProperty("message").GetString(), StringComparison.Ordinal);

    private static async Task<string> WriteAsync()
    {
        var text = new StringBuilder(
            """
            # Errors

            Every refusal is `application/problem+json` with an `error` of `code`, `message` and `details`, as [the HTTP API](http-api.md#errors) describes. `code` is
            stable. `message` is for people: its wording may change.

            This file is written by a test from the answers of a server: `ErrorsDocumentTests` with `ORCHESTRATOR_WRITE_DOCUMENTS=1`. Paths are below the prefix.

            ## Codes

            | code | status | message | a request that causes it |
            |---|---|---|---|

            """);
        foreach (var example in ErrorExamples.OfCodes)
        {
            var reply = await example.CauseAsync();
            text.Append(CultureInfo.InvariantCulture, $"| `{reply.Code}` | {reply.Status} | {Cell(reply["error"].GetProperty("message").GetString()!)} | {Cell(example.Show())} |\n");
        }

        text.Append(
            """

            ## Members of `validation_failed`

            `details.errors` lists each member at fault with its faults.

            | a request | member | fault |
            |---|---|---|

            """);
        foreach (var example in ErrorExamples.OfMembers)
        {
            var request = example.Show();
            foreach (var member in (await example.CauseAsync()).Refused(422, "validation_failed").Details.GetProperty("errors").EnumerateObject())
            {
                foreach (var fault in member.Value.EnumerateArray())
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {Cell(request)} | `{member.Name}` | {Cell(fault.GetString()!)} |\n");
                    request = "";
                }
            }
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\b(stands|somebody|nobody|decider|gate|NUL|Exception|System|projected|shard|lane)\b")]
    private static partial Regex InsideWords();

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("no folder above the tests has Orchestrator.sln");
        }

        return folder.FullName;
    }
}
