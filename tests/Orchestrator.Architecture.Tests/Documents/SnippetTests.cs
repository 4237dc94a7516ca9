using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Architecture.Tests.Snippets;

namespace Orchestrator.Architecture.Tests.Documents;

/// <summary>Every C# block of a document is a region of a file in <c>Snippets</c>, which the compiler reads, or the whole program of the shortest worker.</summary>
public sealed partial class SnippetTests
{
    private const string Folder = "tests/Orchestrator.Architecture.Tests/Snippets";

    private const string Worker = "samples/Orchestrator.Samples.Worker/Program.cs";

    private static readonly Dictionary<string, string> Compiled = Repository.Files(Folder, ".cs")
        .SelectMany(path => Region().Matches(Repository.Read(path)))
        .Select(match => (Name: match.Groups["name"].Value, Code: Unindent(match.Groups["code"].Value)))
        .Append((Name: Worker, Code: Repository.Read(Worker).TrimEnd()))
        .ToDictionary(snippet => snippet.Name, snippet => snippet.Code);

    [Theory]
    [MemberData(nameof(Markdown.Documents), MemberType = typeof(Markdown))]
    public void A_CSharp_block_of_a_document_is_compiled_code(string document) =>
        Assert.All(Markdown.CodeBlocks(document, "csharp"), block => Assert.True(
            Compiled.ContainsValue(block.Code), $"{document}:{block.Line} is not in {Folder}:\n{block.Code}"));

    [Fact]
    public void Every_region_is_shown_in_a_document()
    {
        var shown = Markdown.Documents.SelectMany(row => Markdown.CodeBlocks(row.Data, "csharp")).Select(block => block.Code).ToHashSet();

        Assert.All(Compiled, region => Assert.True(shown.Contains(region.Value), $"{region.Key} is in no document."));
    }

    [Fact]
    public async Task The_calls_of_a_worker_complete_the_run_that_the_host_creates_and_acknowledge_its_commands()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var app = await StartAsync();
        var orchestrator = app.Services.GetRequiredService<IOrchestrator>();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var http = new HttpClient { BaseAddress = new Uri(address + "/api/v1/") };
        var run = await Callers.CreateAsync(app.Services);
        await MoveToRunningAsync(orchestrator, run);
        await orchestrator.Commands.EnqueueAsync(run, NewCommand.Tune(Somebody, KeyValuePair.Create("learning_rate", 0.01)), cancellationToken: cancellation);
        await orchestrator.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = Somebody }, cancellationToken: cancellation);

        await Callers.WorkAsync(http);

        var ended = (await orchestrator.Runs.GetAsync(run, cancellationToken: cancellation)).Value;
        Assert.Equal((RunState.Completed, 2, 100), (ended.State, ended.Attempt, ended.CurrentStep));
        var command = Assert.Single((await orchestrator.Commands.ListAsync(run, cancellationToken: cancellation)).Value.Items);
        Assert.Equal((CommandType.Tune, CommandStatus.Applied), (command.Type, command.Status));
    }

    [Fact]
    public async Task The_pause_of_the_README_is_queued_for_the_worker()
    {
        await using var app = await StartAsync();
        var orchestrator = app.Services.GetRequiredService<IOrchestrator>();
        var run = await Callers.CreateAsync(app.Services);
        await MoveToRunningAsync(orchestrator, run);

        await Callers.PauseAsync(orchestrator, run);

        var command = (await orchestrator.Commands.NextAsync(run, cancellationToken: TestContext.Current.CancellationToken)).Value;
        Assert.Equal(CommandType.Pause, command?.Type);
    }

    private static Actor Somebody { get; } = new(ActorType.System, "test");

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOrchestrator();
        var app = builder.Build();
        app.MapOrchestrator();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task MoveToRunningAsync(IOrchestrator orchestrator, RunId run) => Assert.Null((await orchestrator.Runs.TransitionAsync(
        run, new TransitionRequest { To = RunState.Running, Actor = Somebody }, cancellationToken: TestContext.Current.CancellationToken)).Refusal);

    private static string Unindent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex(@"^ *// <(?<name>[a-z-]+)>\n(?<code>.*?)^ *// </\k<name>>$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
