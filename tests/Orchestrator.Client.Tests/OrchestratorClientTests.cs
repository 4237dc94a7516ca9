using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.Client.Tests;

public sealed class OrchestratorClientTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_operation_answers_over_HTTP_what_it_answers_in_process()
    {
        var (near, far) = (new FakeTimeProvider(Noon), new FakeTimeProvider(Noon));
        await using var here = await TestServer.StartAsync(near);
        await using var there = await TestServer.StartAsync(far);

        var inProcess = await new Scenario(here.InProcess, near).PlayAsync();
        var overHttp = await new Scenario(there.Client, far).PlayAsync();

        Assert.Equal(inProcess, overHttp);
    }

    [Fact]
    public async Task Every_endpoint_of_the_server_is_reached_through_the_client()
    {
        var clock = new FakeTimeProvider(Noon);
        await using var server = await TestServer.StartAsync(clock, build: builder => builder.Services.AddOpenApi());
        var document = JsonElement.Parse(await server.Http.GetStringAsync(new Uri(server.Address, "/openapi/v1.json")));
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject())
            .Select(operation => operation.Value.GetProperty("operationId").GetString()!);

        await new Scenario(server.Client, clock).PlayAsync();

        Assert.Equal(described.Order(), server.Requests.Select(request => request.Operation).Distinct().Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task The_base_address_may_end_in_a_slash_or_not(string end)
    {
        await using var server = await TestServer.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Address + end) };

        Assert.Empty((await new OrchestratorClient(http).Runs.ListAsync()).Value.Items);
    }

    [Fact]
    public async Task The_address_in_the_options_goes_before_that_of_the_HTTP_client()
    {
        await using var server = await TestServer.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri("http://elsewhere.invalid/") };

        var client = new OrchestratorClient(http, new OrchestratorClientOptions { BaseAddress = server.Address });

        Assert.Empty((await client.Runs.ListAsync()).Value.Items);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData(" \r\n")]
    public async Task Blanks_around_the_address_are_trimmed(string blanks)
    {
        await using var server = await TestServer.StartAsync();
        using var http = new HttpClient();

        var client = new OrchestratorClient(http, new OrchestratorClientOptions { BaseAddress = new Uri(server.Address + blanks) });

        Assert.Empty((await client.Runs.ListAsync()).Value.Items);
    }

    [Theory]
    [InlineData("http://ada:secret@localhost/api/v1")]
    [InlineData("http://localhost/api/v1?token=secret")]
    [InlineData("http://localhost/api v1")]
    public void An_address_with_credentials_or_blanks_is_refused_and_no_secret_is_quoted(string address)
    {
        using var http = new HttpClient();
        using var addressed = new HttpClient { BaseAddress = new Uri(address) };

        var inOptions = Assert.Throws<ArgumentException>(() => new OrchestratorClient(http, new OrchestratorClientOptions { BaseAddress = new Uri(address) }));
        var inHttp = Assert.Throws<ArgumentException>(() => new OrchestratorClient(addressed));

        Assert.Contains("without query, user name or blanks", inOptions.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", inOptions.Message, StringComparison.Ordinal);
        Assert.Equal(inOptions.Message, inHttp.Message);
    }

    [Fact]
    public void Without_an_address_or_with_options_that_make_no_sense_there_is_no_client()
    {
        using var http = new HttpClient();
        var address = new Uri("http://localhost/api/v1");

        Assert.Contains("base address", Assert.Throws<ArgumentException>(() => new OrchestratorClient(http)).Message, StringComparison.Ordinal);
        Assert.All(
            (OrchestratorClientOptions[])
            [
                new() { BaseAddress = new Uri("api/v1", UriKind.Relative) },
                new() { BaseAddress = new Uri("ftp://localhost/") },
                new() { BaseAddress = new Uri("http://localhost/?a=b") },
                new() { BaseAddress = address, Timeout = TimeSpan.Zero },
                new() { BaseAddress = address, HeartbeatTimeout = TimeSpan.FromDays(2) },
                new() { BaseAddress = address, TryTimeout = TimeSpan.FromSeconds(-1) },
            ],
            options => Assert.Throws<ArgumentException>(() => new OrchestratorClient(http, options)));
    }
}
