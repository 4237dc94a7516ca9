using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Hosting;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Errors: contract section 8.</summary>
public sealed class ProblemTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"];

    private readonly TestHost _host = shared.Host;

    public static TheoryData<string> Operations => [.. SampleRequests.ByOperation.Keys.Except(["followEvents", "followRunEvents"])];

    [Fact]
    public async Task A_problem_has_the_members_of_RFC_9457_and_an_error_and_nothing_else()
    {
        var reply = (await _host.GetAsync("runs/unknown")).Refused(404, "run_not_found");

        Assert.Equal(["type", "title", "status", "detail", "error"], reply.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["code", "message", "details"], reply["error"].EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void Every_code_has_a_status_a_title_and_a_wire_name_of_its_own()
    {
        var codes = Enum.GetValues<RefusalCode>();

        Assert.All(codes, code => Assert.InRange(ProblemCodes.Status(code), 400, 503));
        Assert.Equal(codes.Length, codes.Select(code => ProblemCodes.Describe(code).Title).Distinct().Count());
        Assert.Equal(codes.Length, codes.Select(RefusalCodes.ToWireName).Distinct().Count());
    }

    [Fact]
    public async Task A_method_that_a_path_lacks_is_405_with_Allow()
    {
        var rows = EndpointTable.Create(_host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());
        foreach (var pattern in rows.Select(row => row.Pattern).Distinct())
        {
            var path = pattern.Replace("{id}", "r1", StringComparison.Ordinal).Replace("{command_id}", "c1", StringComparison.Ordinal)[1..];
            var missing = await _host.SendAsync(HttpMethod.Delete, path, null);
            missing.Refused(405, "method_not_allowed");
            var allowed = missing.Headers["Allow"].Split(", ");
            Assert.Superset(rows.Where(row => row.Pattern == pattern).Select(row => row.Method).ToHashSet(), allowed.ToHashSet());
            Assert.Equal(allowed, missing.Details.GetProperty("allowed").EnumerateArray().Select(method => method.GetString()));

            foreach (var method in Methods)
            {
                var reply = await _host.SendAsync(new HttpMethod(method), path, null);
                Assert.True(allowed.Contains(method) != (reply.Status == 405), $"{method} {path}: {reply.Status} although Allow is {missing.Headers["Allow"]}");
            }
        }
    }

    [Theory]
    [InlineData("runs/claim", "GET, HEAD, POST")]
    [InlineData("runs/r1", "GET, HEAD")]
    [InlineData("runs/r1/heartbeat", "POST")]
    [InlineData("runs/r1/commands/next", "GET, HEAD, POST")]
    [InlineData("runs/r1/snooze", "POST")]
    [InlineData("runs/r1/audit/verify", "GET, HEAD")]
    [InlineData("runs/r1/events", "GET")]
    [InlineData("events", "GET")]
    public async Task Allow_has_what_every_route_of_the_path_has(string path, string allow) =>
        Assert.Equal(allow, (await _host.SendAsync(HttpMethod.Delete, path, null)).Refused(405, "method_not_allowed").Headers["Allow"]);

    [Theory]
    [InlineData("runs")]
    [InlineData("runs/{0}")]
    [InlineData("runs/{0}/transitions")]
    [InlineData("runs/{0}/commands")]
    [InlineData("runs/{0}/commands/c1")]
    [InlineData("runs/{0}/audit")]
    [InlineData("runs/{0}/audit/verify")]
    [InlineData("runs/unknown")]
    public async Task HEAD_has_the_headers_of_GET_and_no_body(string template)
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        await _host.CommandAsync("pause", "c1", run: run);
        var path = template.Replace("{0}", run, StringComparison.Ordinal);

        var (get, head) = (await _host.GetAsync(path), await _host.SendAsync(HttpMethod.Head, path, null));

        Assert.Equal((get.Status, get.ContentType, ""), (head.Status, head.ContentType, head.Body));
        Assert.Equal(get.Headers.GetValueOrDefault("ETag"), head.Headers.GetValueOrDefault("ETag"));
        Assert.Equal(get.Headers.GetValueOrDefault("Cache-Control"), head.Headers.GetValueOrDefault("Cache-Control"));
    }

    [Fact]
    public async Task HEAD_takes_no_command_from_the_queue()
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        await _host.CommandAsync("pause", "c1", run: run);

        await _host.SendAsync(HttpMethod.Head, $"runs/{run}/commands/next", null);

        Assert.Equal("pending", (await _host.ReadCommandAsync("c1", run))["status"].GetString());
    }

    [Theory]
    [InlineData("POST", "runs/a b/heartbeat")]
    [InlineData("POST", "runs/a b/transitions")]
    [InlineData("POST", "runs/a b/attempts")]
    [InlineData("POST", "runs/a b/snooze")]
    [InlineData("POST", "runs/a b/commands")]
    [InlineData("POST", "runs/a b/commands/c1/ack")]
    [InlineData("GET", "runs/a b")]
    [InlineData("GET", "runs/a b/transitions")]
    [InlineData("GET", "runs/a b/events")]
    [InlineData("GET", "runs/a b/audit")]
    [InlineData("GET", "runs/a b/audit/verify")]
    [InlineData("GET", "runs/a b/commands")]
    [InlineData("GET", "runs/a b/commands/next")]
    [InlineData("GET", "runs/a b/commands/c1")]
    public async Task Text_that_is_no_id_names_no_run(string method, string path) =>
        (await _host.SendAsync(HttpMethod.Parse(method), path, method == "GET" ? null : TestHost.Json("nonsense"))).Refused(404, "run_not_found");

    [Fact]
    public async Task An_error_quotes_neither_stack_trace_nor_type()
    {
        foreach (var body in new[] { "nonsense", """{"step":{}}""", """{"status":5}""", "[", "\u0000" })
        {
            var reply = (await _host.PostAsync("runs/r1/heartbeat", body)).Refused(400, "invalid_json");
            Assert.DoesNotContain("System.", reply.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(" at ", reply["detail"].GetString()!.Replace("read at", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Every_success_is_JSON_with_its_length(string operation)
    {
        await using var host = await TestHost.StartAsync();
        await SampleRequests.PrepareAsync(host);

        var reply = await SampleRequests.ByOperation[operation].SendAsync(host);

        Assert.InRange(reply.Status, 200, 202);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal(Encoding.UTF8.GetByteCount(reply.Body), reply.ContentLength);
    }
}
