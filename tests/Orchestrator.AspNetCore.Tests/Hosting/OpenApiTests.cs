using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Hosting;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Hosting;

/// <summary>The API in the OpenAPI document of its host. That it declares every status that a test sees, <see cref="TestHost"/> checks.</summary>
public sealed class OpenApiTests(OpenApiTests.DocumentedHost documented) : IClassFixture<OpenApiTests.DocumentedHost>
{
    private readonly JsonElement _document = documented.Document;
    private readonly IReadOnlyList<EndpointRow> _rows = documented.Rows;

    [Fact]
    public void Every_mapped_route_is_in_the_document()
    {
        var mapped = documented.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<EndpointNameMetadata>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText}"));
        var described = _document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"));

        Assert.Equal(_rows.Select(row => $"{row.Method.ToLowerInvariant()} /api/v1{row.Pattern}").Order(), described.Order());
        Assert.Equal(described.Order(), mapped.Order());
    }

    [Fact]
    public void Every_endpoint_has_an_operation_id_of_its_own_a_summary_and_a_tag()
    {
        Assert.All(_rows, row =>
        {
            var operation = OperationOf(row);
            Assert.Equal(row.OperationId, operation.GetProperty("operationId").GetString());
            Assert.Equal(row.Summary, operation.GetProperty("summary").GetString());
            Assert.Equal(row.Tag, operation.GetProperty("tags")[0].GetString());
        });
        Assert.Equal(_rows.Count, _rows.Select(row => row.OperationId).Distinct().Count());
    }

    [Fact]
    public void Every_refusal_of_an_endpoint_is_declared_as_a_problem()
    {
        Assert.All(_rows, row =>
        {
            var responses = OperationOf(row).GetProperty("responses");
            Assert.All(row.Refusals.Append(RefusalCode.StoreUnavailable), code =>
            {
                var response = responses.GetProperty($"{ProblemCodes.Status(code)}");
                Assert.Contains(code.ToWireName(), response.GetProperty("description").GetString(), StringComparison.Ordinal);
                var schema = Resolve(response.GetProperty("content").GetProperty("application/problem+json").GetProperty("schema"));
                Assert.True(schema.GetProperty("properties").TryGetProperty("error", out _));
            });
        });
    }

    [Fact]
    public void Every_body_that_is_read_has_a_schema_with_the_members_of_the_wire()
    {
        Assert.All(_rows.Where(row => row.HasBody), row =>
        {
            var content = OperationOf(row).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            var schema = Resolve(content);
            schema = schema.TryGetProperty("items", out var items) ? Resolve(items) : schema;
            var sample = JsonElement.Parse(SampleRequests.ByOperation[row.OperationId].Body!);
            sample = sample.ValueKind == JsonValueKind.Array ? sample[0] : sample;
            Assert.All(sample.EnumerateObject(), member => Assert.True(schema.GetProperty("properties").TryGetProperty(member.Name, out _), $"{row.OperationId} lacks {member.Name}"));
        });
        Assert.All(_rows.Where(row => !row.HasBody), row => Assert.False(OperationOf(row).TryGetProperty("requestBody", out _)));
    }

    [Fact]
    public async Task Every_answer_has_a_schema_with_exactly_its_members()
    {
        foreach (var row in _rows.Where(row => row.AnswerType != Reply.EventStream))
        {
            await using var host = await TestHost.StartAsync();
            await SampleRequests.PrepareAsync(host);
            var reply = await SampleRequests.ByOperation[row.OperationId].SendAsync(host);
            var schema = Resolve(OperationOf(row).GetProperty("responses").GetProperty($"{reply.Status}").GetProperty("content").GetProperty("application/json").GetProperty("schema"));
            AssertDescribes(schema, row.OperationId == "reportHeartbeat" ? reply["run"] : reply.Json, row.OperationId);
        }
    }

    [Theory]
    [InlineData("/events")]
    [InlineData("/runs/{id}/events")]
    public void A_stream_of_events_is_described_as_one_of_text(string pattern)
    {
        var operation = OperationOf(_rows.Single(row => row.Pattern == pattern));
        var content = operation.GetProperty("responses").GetProperty("200").GetProperty("content");

        Assert.Equal([Reply.EventStream], content.EnumerateObject().Select(type => type.Name));
        Assert.Equal("string", content.GetProperty(Reply.EventStream).GetProperty("schema").GetProperty("type").GetString());
        Assert.True(operation.GetProperty("responses").TryGetProperty("410", out _));
    }

    [Fact]
    public void No_name_of_the_code_is_in_the_document()
    {
        foreach (var schema in _document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            if (schema.Value.TryGetProperty("properties", out var properties))
            {
                Assert.All(properties.EnumerateObject(), member => Assert.Matches("^[a-z][a-z0-9_]*$", member.Name));
            }
        }
    }

    [Theory]
    [InlineData("RunResponse", "loss")]
    [InlineData("RunResponse", "samples_per_sec")]
    [InlineData("HeartbeatRequest", "loss")]
    [InlineData("HeartbeatRequest", "samples_per_sec")]
    [InlineData("FinalReportRequest", "loss")]
    [InlineData("FinalReportRequest", "samples_per_sec")]
    public void A_measure_is_a_number_or_one_of_three_strings(string schema, string member)
    {
        var described = _document.GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties").GetProperty(member);
        var pattern = new Regex(described.GetProperty("pattern").GetString()!);

        Assert.Subset(described.GetProperty("type").EnumerateArray().Select(type => type.GetString()).ToHashSet(), new HashSet<string?> { "number", "string" });
        Assert.Equal(["NaN", "Infinity", "-Infinity"], new[] { "NaN", "Infinity", "-Infinity", "-NaN", "nan", "1", "", "NaN " }.Where(text => pattern.IsMatch(text)));
    }

    [Fact]
    public void An_integer_is_an_integer()
    {
        var schemas = _document.GetProperty("components").GetProperty("schemas");
        foreach (var (schema, member) in new[] { ("HeartbeatRequest", "step"), ("HeartbeatRequest", "attempt"), ("CreateRunRequest", "priority"), ("RunResponse", "current_step") })
        {
            Assert.Contains("integer", schemas.GetProperty(schema).GetProperty("properties").GetProperty(member).GetProperty("type").ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Path_query_and_header_parameters_are_described()
    {
        static string Parameters(JsonElement operation) => operation.TryGetProperty("parameters", out var parameters)
            ? string.Join(' ', parameters.EnumerateArray().Select(parameter => $"{parameter.GetProperty("in").GetString()}:{parameter.GetProperty("name").GetString()}"))
            : "";
        var byId = _rows.ToDictionary(row => row.OperationId, row => Parameters(OperationOf(row)));

        Assert.Equal("path:id query:wait query:attempt query:claim_id", byId["nextCommand"]);
        Assert.Equal("path:id path:command_id header:Idempotency-Key", byId["acknowledgeCommand"]);
        Assert.Equal("path:id query:commands query:include", byId["reportHeartbeat"]);
        Assert.Equal("path:id query:non_finite header:If-None-Match", byId["getRun"]);
        Assert.Equal("header:Idempotency-Key", byId["createRun"]);
        Assert.Equal("query:types query:after header:Last-Event-ID", byId["followEvents"]);
        Assert.Equal("path:id query:types query:after header:Last-Event-ID", byId["followRunEvents"]);
        Assert.Equal(
            "query:state query:health query:experiment_id query:label query:created_after query:created_before query:limit query:cursor query:include query:non_finite", byId["listRuns"]);
    }

    /// <summary>A host that serves its OpenAPI document.</summary>
    public sealed class DocumentedHost : IAsyncLifetime
    {
        internal TestHost Host { get; private set; } = null!;

        internal JsonElement Document { get; private set; }

        internal IReadOnlyList<EndpointRow> Rows { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Host = await TestHost.StartAsync(
                build: builder => builder.Services.AddOpenApi(),
                map: app =>
                {
                    app.MapOrchestrator();
                    app.MapOpenApi();
                });
            Document = (await Host.GetAsync("/openapi/v1.json")).Is(200).Json;
            Rows = EndpointTable.Create(Host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());
        }

        public async ValueTask DisposeAsync() => await Host.DisposeAsync();
    }

    private JsonElement OperationOf(EndpointRow row) =>
        _document.GetProperty("paths").GetProperty("/api/v1" + row.Pattern).GetProperty(row.Method.ToLowerInvariant());

    /// <summary>Follows references, also those of a member that may be null.</summary>
    private JsonElement Resolve(JsonElement schema)
    {
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            schema = choices.EnumerateArray().Last();
        }

        return schema.TryGetProperty("$ref", out var reference)
            ? Resolve(_document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]))
            : schema;
    }

    private void AssertDescribes(JsonElement schema, JsonElement value, string where)
    {
        schema = Resolve(schema);
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0)
        {
            AssertDescribes(schema.GetProperty("items"), value[0], where);
        }
        else if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties))
        {
            foreach (var member in value.EnumerateObject())
            {
                Assert.True(properties.TryGetProperty(member.Name, out var described), $"{where}.{member.Name} is not described");
                AssertDescribes(described, member.Value, $"{where}.{member.Name}");
            }
        }
    }
}
