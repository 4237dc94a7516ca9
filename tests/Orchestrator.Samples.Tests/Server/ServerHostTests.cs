extern alias ServerSample;

using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Samples.Tests.Server;

public sealed class ServerHostTests
{
    private const string Secret = "what only the log may say";

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task The_openapi_document_has_every_endpoint_once_and_each_with_an_id_of_its_own(string environment)
    {
        await using var host = Host(environment);
        using var client = host.CreateClient();

        var document = JsonNode.Parse(await client.GetStringAsync("openapi/v1.json"))!;

        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => (Name: $"{operation.Key.ToUpperInvariant()} {path.Key}", Operation: operation.Value!)))
            .ToList();
        var ids = operations.Select(operation => (string?)operation.Operation["operationId"]).ToList();
        Assert.All(ids, id => Assert.False(string.IsNullOrEmpty(id)));
        Assert.Equal(ids.Count, ids.Distinct().Count());

        var mapped = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .ToList();
        Assert.Contains("POST /api/v1/runs/{id}/heartbeat", mapped);
        Assert.Equal(mapped.Order(StringComparer.Ordinal), operations.Select(operation => operation.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task An_unexpected_fault_is_answered_with_problem_details_that_do_not_tell_it(string environment)
    {
        await using var host = Host(environment).WithWebHostBuilder(web =>
            web.ConfigureServices(services => services.AddSingleton<IStartupFilter, Fault>()));
        using var client = host.CreateClient();

        using var response = await client.GetAsync("nowhere");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        Assert.Equal(500, (int?)JsonNode.Parse(body)!["status"]);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_answered_with_problem_details()
    {
        await using var host = Host("Production");
        using var client = host.CreateClient();

        using var response = await client.GetAsync("nowhere");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    private static WebApplicationFactory<ServerSample::Program> Host(string environment) => new WebApplicationFactory<ServerSample::Program>()
        .WithWebHostBuilder(web => web.UseEnvironment(environment).ConfigureLogging(logging => logging.ClearProviders()));

    /// <summary>Fails whatever reaches the end of the pipeline.</summary>
    private sealed class Fault : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Run(_ => throw new InvalidOperationException(Secret));
        };
    }
}
