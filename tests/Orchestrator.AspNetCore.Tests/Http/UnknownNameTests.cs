using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Heartbeats;
using Orchestrator.AspNetCore.Hosting;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>What becomes of a query parameter and of a member of a body that the API does not know.</summary>
public sealed class UnknownNameTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static readonly string[] Lenient = ["moveRun", "reportHeartbeat", "reportHeartbeats", "nextCommand", "takeNextCommand", "acknowledgeCommand"];

    private readonly TestHost _host = shared.Host;

    public static TheoryData<string> Strict => [.. SampleRequests.ByOperation.Keys.Except(Lenient)];

    [Theory]
    [InlineData("runs?bogus=1", "bogus")]
    [InlineData("runs?status=running", "status")]
    [InlineData("runs?owner=x&limit=0", "owner")]
    [InlineData("runs?state=running&lable=a:b&q", "lable", "q")]
    public async Task A_misspelt_filter_is_422_and_named(string path, params string[] names) =>
        Assert.Equal(names, (await _host.GetAsync(path)).Refused(422, "validation_failed").Faulty);

    [Theory]
    [MemberData(nameof(Strict))]
    public async Task A_query_parameter_is_422_and_named_by_endpoints_of_operators_and_viewers_and_by_claims(string operation)
    {
        await using var host = await TestHost.StartAsync();
        await SampleRequests.PrepareAsync(host);
        var request = SampleRequests.ByOperation[operation];
        var separator = request.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';

        var reply = await (request with { Path = $"{request.Path}{separator}bogus=1" }).SendAsync(host);

        Assert.Equal(["bogus"], reply.Refused(422, "validation_failed").Faulty);
        Assert.InRange((await (request with { Path = $"{request.Path}{separator}_trace=1" }).SendAsync(host)).Status, 200, 204);
    }

    [Fact]
    public async Task Calls_of_workers_ignore_what_they_do_not_know()
    {
        var rows = EndpointTable.Create(_host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());
        Assert.Equal(Lenient.Order(StringComparer.Ordinal), rows.Where(row => row.IgnoresUnknown).Select(row => row.OperationId).Distinct().Order(StringComparer.Ordinal));

        foreach (var operation in Lenient)
        {
            await using var host = await TestHost.StartAsync();
            await SampleRequests.PrepareAsync(host);
            var request = SampleRequests.ByOperation[operation];
            var separator = request.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var body = operation == "reportHeartbeats"
                ? request.Body
                : request.Body?.Insert(1, "\"bogus\":{\"a\":[1]},").Replace("\"actor\":{", "\"actor\":{\"bogus\":1,", StringComparison.Ordinal);

            Assert.InRange((await (request with { Path = $"{request.Path}{separator}bogus=1", Body = body }).SendAsync(host)).Status, 200, 202);
        }
    }

    [Theory]
    [InlineData("runs", """{"experiment_id":"e","version_id":"v","label":{"a":"b"},"owner":"x"}""", "label", "owner")]
    [InlineData("runs", """{"experiment_id":"e","version_id":"v","health_policy":{"stale":5}}""", "health_policy.stale")]
    [InlineData("runs/claim", """{"worker_id":"w","label":{}}""", "label")]
    [InlineData("runs/{0}/commands", """{"type":"pause","actor":{"type":"operator","id":"a","name":"b"},"reason":"r"}""", "actor.name", "reason")]
    [InlineData("runs/{0}/attempts", """{"actor":{"type":"operator","id":"a"},"worker":"w","resume_from":{"step":1,"checkpoint_version":1,"uri":"u"}}""", "resume_from.uri", "worker")]
    [InlineData("runs/{0}/snooze", """{"seconds":1,"reason":"r","actor":{"type":"operator","id":"a","x":null},"minutes":2}""", "actor.x", "minutes")]
    public async Task An_unknown_member_of_an_operators_body_or_a_claim_is_422_and_named(string path, string body, params string[] names)
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        var revision = (await _host.GetAsync($"runs/{run}"))["revision"].GetInt64();

        var reply = await _host.PostAsync(path.Replace("{0}", run, StringComparison.Ordinal), body);

        Assert.Equal(names, reply.Refused(422, "validation_failed").Faulty);
        Assert.Equal(revision, (await _host.GetAsync($"runs/{run}"))["revision"].GetInt64());
    }

    [Fact]
    public async Task More_than_64_unknown_members_of_one_object_are_400()
    {
        var run = await _host.CreateRunAsync(shared.NewId());

        (await _host.PostAsync($"runs/{run}/heartbeat", With(run, 64))).Is(200);
        (await _host.PostAsync($"runs/{run}/heartbeat", With(run, 65))).Refused(400, "invalid_json");
        var batch = (await _host.PostAsync("heartbeats", $"[{With(run, 65)},{With(run, 64)}]")).Is(200)["results"];
        Assert.Equal([400, 429], batch.EnumerateArray().Select(item => item.GetProperty("status").GetInt32()));
    }

    [Fact]
    public void An_item_full_of_unknown_members_costs_less_than_its_own_bytes()
    {
        var item = Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 3_000).Select(i => $"\"a{i}\":1")) + "}");
        HeartbeatBatchItem.Parse(item, 32_768);

        var before = GC.GetAllocatedBytesForCurrentThread();
        HeartbeatBatchItem.Parse(item, 32_768);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, item.Length);
    }

    private static string With(string run, int unknown) => Beats.Valid(
        run, [.. Enumerable.Range(0, unknown).Select(i => ($"other{i}", (string?)JsonSerializer.Serialize(new[] { i })))]);
}
