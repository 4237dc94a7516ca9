using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Audit;
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

    [Theory]
    [InlineData("")]
    [InlineData(",\"created_by\":\"grace\"")]
    [InlineData(",\"created_by\":\"bob\"")]
    public async Task An_authenticated_caller_is_the_creator_of_a_run_whatever_the_body_says(string member)
    {
        await using var host = await StartAsync();

        var created = await host.PostAsync("runs", $$"""{"id":"r1","experiment_id":"e","version_id":"v"{{member}}}""", Grace);

        Assert.Equal("grace", created.Is(201)["created_by"].GetString());
        Assert.Equal("grace", (await host.GetAsync("runs/r1/transitions"))["transitions"][0].GetProperty("changed_by").GetString());
        var entry = Assert.Single(await host.AuditAsync("r1"));
        Assert.Equal(("operator", "grace", "run.create"), (entry.ActorType, entry.ActorId, entry.Action));
        Assert.Equal(member.Contains("bob", StringComparison.Ordinal) ? "bob" : null, entry.OnBehalfOf);
    }

    [Theory]
    [InlineData(",\"created_by\":\"bob\"", "bob")]
    [InlineData("", "orchestrator")]
    public async Task The_creation_of_an_anonymous_caller_is_audited_under_the_name_that_it_gives(string member, string actor)
    {
        await using var host = await StartAsync();
        (await host.PostAsync("runs", $$"""{"id":"r1","experiment_id":"e","version_id":"v"{{member}}}""")).Is(201);

        var entry = Assert.Single(await host.AuditAsync("r1"));
        Assert.Equal(("operator", actor, null), (entry.ActorType, entry.ActorId, entry.OnBehalfOf));
    }

    [Fact]
    public async Task The_audit_has_the_command_and_the_request_that_an_entry_is_about()
    {
        await using var host = await StartAsync();
        await host.RunningAsync();
        await host.PostAsync("runs/r1/commands", """{"id":"c1","type":"pause","actor":{"type":"system","id":"scheduler"}}""", Grace);
        await host.PostAsync("runs/r1/commands/c1/ack", "{}");

        var entries = await host.AuditAsync("r1");
        Assert.Equal([("run.create", null), ("command.pause", "c1"), ("command.ack", "c1")], entries.Select(entry => (entry.Action, entry.Target)));
        Assert.Equal("system", entries[1].OnBehalfOfType);
        Assert.All(entries, entry => Assert.False(string.IsNullOrEmpty(entry.RequestId)));
        Assert.Distinct(entries.Select(entry => entry.RequestId));
    }

    [Theory]
    [InlineData("LOCAL AUTHORITY", null)]
    [InlineData("https://issuer.test/", "https://issuer.test/")]
    public void The_issuer_of_an_identity_is_kept_where_it_is_not_the_host_itself(string issuer, string? kept)
    {
        var claim = new Claim("sub", "grace", null, issuer);

        var caller = Caller.Of(new DefaultHttpContext { User = new ClaimsPrincipal(new ClaimsIdentity([claim], "bearer")), TraceIdentifier = "request-7" });

        Assert.Equal(("grace", kept, "request-7", null), (caller.Principal, caller.Issuer, caller.RequestId, caller.Credential));
    }

    [Fact]
    public void The_name_of_a_caller_comes_from_an_identity_that_is_authenticated()
    {
        var forged = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "root", null, "nobody")]);
        var real = new ClaimsIdentity([new Claim("sub", "grace", null, "issuer")], "bearer");
        var user = new ClaimsPrincipal(real);
        user.AddIdentity(forged);

        var caller = Caller.Of(new DefaultHttpContext { User = user });

        Assert.Equal(("grace", "issuer"), (caller.Principal, caller.Issuer));
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
