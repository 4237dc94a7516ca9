using Microsoft.AspNetCore.Builder;
using Orchestrator.AspNetCore.Tests.Hosting;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Audit;

/// <summary>Who acts: the authenticated principal, with the actor of the body beside it. Contract sections 3 and 7.</summary>
public sealed class ActorTests
{
    private static readonly (string, string) Grace = HeaderAuthentication.User("operators/grace");

    [Fact]
    public async Task An_authenticated_caller_is_the_actor_of_a_command_and_the_bodys_is_kept_beside_it()
    {
        await using var host = await StartAsync();
        await host.RunningAsync();

        var reply = await host.PostAsync("runs/r1/commands", """{"id":"c1","type":"pause","actor":{"type":"system","id":"scheduler"}}""", Grace);

        Assert.Equal("""{"type":"system","id":"grace"}""", reply.Is(202)["actor"].GetRawText());
        Assert.Equal("""{"type":"system","id":"scheduler"}""", reply["on_behalf_of"].GetRawText());
        var entry = (await host.AuditAsync("r1"))[^1];
        Assert.Equal(("system", "grace", "command.pause", "scheduler"), (entry.ActorType, entry.ActorId, entry.Action, entry.OnBehalfOf));
    }

    [Fact]
    public async Task An_authenticated_caller_needs_no_actor_in_the_body()
    {
        await using var host = await StartAsync();
        await host.RunningAsync();

        var reply = await host.PostAsync("runs/r1/commands", """{"type":"pause"}""", Grace);

        Assert.Equal("""{"type":"operator","id":"grace"}""", reply.Is(202)["actor"].GetRawText());
        Assert.Null(reply["on_behalf_of"].GetString());
        (await host.PostAsync("runs/r1/attempts", "{}", Grace)).Is(201);
        (await host.PostAsync("runs/r1/transitions", """{"to_state":"failed"}""", Grace)).Is(200);
        var changed = (await host.GetAsync("runs/r1/transitions"))["transitions"].EnumerateArray().TakeLast(2);
        Assert.All(changed, step => Assert.Equal("grace", step.GetProperty("changed_by").GetString()));
    }

    [Fact]
    public async Task An_anonymous_caller_is_whoever_it_says()
    {
        await using var host = await StartAsync();
        await host.RunningAsync();

        var reply = await host.CommandAsync("pause");

        Assert.Equal(TestHost.Ada, reply.Is(202)["actor"].GetRawText());
        Assert.Null(reply["on_behalf_of"].GetString());
        (await host.PostAsync("runs/r1/commands", """{"type":"resume"}""")).Refused(422, "validation_failed");
    }

    [Fact]
    public async Task Who_creates_a_run_is_the_caller_unless_the_body_names_somebody()
    {
        await using var host = await StartAsync();

        Assert.Equal("grace", (await host.PostAsync("runs", """{"experiment_id":"e","version_id":"v"}""", Grace)).Is(201)["created_by"].GetString());
        Assert.Equal("bob", (await host.PostAsync("runs", """{"experiment_id":"e","version_id":"v","created_by":"bob"}""", Grace)).Is(201)["created_by"].GetString());
    }

    [Fact]
    public async Task Idempotency_keys_of_different_callers_are_apart()
    {
        await using var host = await StartAsync();
        var ids = new List<string?>();

        foreach (var user in new[] { "operators/grace", "operators/linus", "operators/grace" })
        {
            var reply = await host.PostAsync(
                "runs", """{"experiment_id":"e","version_id":"v","created_by":"x"}""", HeaderAuthentication.User(user), ("Idempotency-Key", "k"));
            ids.Add(reply["id"].GetString());
        }

        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(ids[0], ids[2]);
    }

    [Fact]
    public async Task The_audit_has_where_a_call_came_from_and_with_what_program()
    {
        await using var host = await StartAsync();
        await host.RunningAsync();

        await host.PostAsync("runs/r1/commands", $$"""{"type":"pause","actor":{{TestHost.Ada}}}""", ("User-Agent", "curl/8.0"));

        var entry = (await host.AuditAsync("r1"))[^1];
        Assert.Equal("127.0.0.1", entry.SourceIp);
        Assert.Equal("curl/8.0", entry.UserAgent);
        Assert.Null(entry.MtlsFingerprint);
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(build: HeaderAuthentication.Add, map: app => app.MapOrchestrator());
}
