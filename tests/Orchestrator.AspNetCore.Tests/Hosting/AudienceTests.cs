using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Hosting;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Hosting;

/// <summary>Conventions on the whole API and on one audience.</summary>
public sealed class AudienceTests
{
    private static readonly Dictionary<string, string[]> Operations = new()
    {
        ["workers"] = ["claimRun", "moveRun", "reportHeartbeat", "reportHeartbeats", "nextCommand", "takeNextCommand", "acknowledgeCommand"],
        ["operators"] = ["createRun", "startAttempt", "snoozeRun", "sendCommand"],
        ["viewers"] = ["listRuns", "getRun", "listTransitions", "listCommands", "getCommand", "followEvents", "followRunEvents", "listAudit", "verifyAudit"],
    };

    public static TheoryData<string> Audiences => [.. HeaderAuthentication.Audiences];

    [Theory]
    [MemberData(nameof(Audiences))]
    public async Task A_policy_on_one_audience_leaves_the_others_open(string audience)
    {
        await using var host = await StartAsync(api => Of(api, audience).RequireAuthorization(audience));

        foreach (var (operation, sample) in SampleRequests.ByOperation)
        {
            var closed = Operations[audience].Contains(operation);
            Assert.Equal(closed ? 401 : 0, Denied(await sample.SendAsync(host)));
            Assert.Equal(closed ? 403 : 0, Denied(await sample.SendAsync(host, HeaderAuthentication.User("nobody/eve"))));
            Assert.Equal(0, Denied(await sample.SendAsync(host, HeaderAuthentication.User(audience + "/ada"))));
        }
    }

    [Fact]
    public async Task A_policy_on_the_whole_closes_every_endpoint()
    {
        await using var host = await StartAsync(api => api.RequireAuthorization());

        foreach (var sample in SampleRequests.ByOperation.Values)
        {
            Assert.Equal(401, Denied(await sample.SendAsync(host)));
            Assert.Equal(0, Denied(await sample.SendAsync(host, HeaderAuthentication.User("nobody/eve"))));
        }

        Assert.Equal(401, (await host.SendAsync(HttpMethod.Delete, "runs", null)).Status);
        (await host.SendAsync(HttpMethod.Delete, "runs", null, HeaderAuthentication.User("nobody/eve"))).Refused(405, "method_not_allowed");
    }

    [Fact]
    public async Task HEAD_is_closed_with_GET()
    {
        await using var host = await StartAsync(api => api.Viewers.RequireAuthorization());

        Assert.Equal(401, (await host.SendAsync(HttpMethod.Head, "runs", null)).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Head, "runs", null, HeaderAuthentication.User("viewers/eve"))).Status);
    }

    [Fact]
    public async Task Every_endpoint_has_its_audience_and_its_sample()
    {
        await using var host = await StartAsync(_ => { });
        var rows = EndpointTable.Create(host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());

        foreach (var audience in Enum.GetValues<Audience>())
        {
            var operations = rows.Where(row => row.Audience == audience).Select(row => row.OperationId);
            Assert.Equal(Operations[audience.ToString().ToLowerInvariant()].Order(), operations.Order());
        }

        Assert.Equal(rows.Select(row => row.OperationId).Order(), SampleRequests.ByOperation.Keys.Order());
    }

    private static Task<TestHost> StartAsync(Action<OrchestratorEndpoints> conventions) =>
        TestHost.StartAsync(build: HeaderAuthentication.Add, map: app => conventions(app.MapOrchestrator()));

    private static IEndpointConventionBuilder Of(OrchestratorEndpoints api, string audience) => audience switch
    {
        "workers" => api.Workers,
        "operators" => api.Operators,
        _ => api.Viewers,
    };

    private static int Denied(Reply reply) => reply.Status is 401 or 403 ? reply.Status : 0;
}
