using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Tests.Hosting;
using Orchestrator.AspNetCore.Tests.Http;
using Orchestrator.Storage;

namespace Orchestrator.AspNetCore.Tests.Audit;

/// <summary>The audit chain over HTTP: contract section 7.</summary>
public sealed class AuditEndpointTests
{
    [Fact]
    public async Task Entries_say_who_did_what_for_whom_from_where_and_with_what()
    {
        await using var host = await TestHost.StartAsync(
            build: builder =>
            {
                HeaderAuthentication.Add(builder);
                builder.Services.Configure<ForwardedHeadersOptions>(options =>
                {
                    options.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
                    options.KnownProxies.Clear();
                    options.KnownProxies.Add(System.Net.IPAddress.Loopback);
                });
            },
            map: app =>
            {
                app.UseForwardedHeaders();
                app.MapOrchestrator();
            });
        await host.RunningAsync();
        (await host.PostAsync(
            "runs/r1/commands",
            $$"""{"id":"c1","type":"pause","actor":{{TestHost.Ada}}}""",
            HeaderAuthentication.User("operators/grace"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("User-Agent", "curl/8.5.0"))).Is(202);
        (await host.StartAttemptAsync()).Is(201);

        var entries = (await host.GetAsync("runs/r1/audit")).Is(200)["entries"];

        Assert.Equal(["run.create", "command.pause", "run.attempt"], entries.EnumerateArray().Select(entry => entry.GetProperty("action").GetString()));
        string[] names =
        [
            "actor_type", "actor_id", "action", "on_behalf_of", "on_behalf_of_type", "target", "source_ip", "user_agent", "mtls_fingerprint", "key_id",
            "actor_issuer", "credential",
        ];
        IEnumerable<string?> members = [.. names.Select(member => entries[1].GetProperty(member).GetString())];
        Assert.Equal(["operator", "grace", "command.pause", "ada", "operator", "c1", "203.0.113.9", "curl/8.5.0", null, null, null, null], members);
        Assert.Equal(entries[1].GetProperty("entry_hash").GetString(), entries[2].GetProperty("prev_hash").GetString());
        Assert.Equal("127.0.0.1", entries[2].GetProperty("source_ip").GetString());
    }

    [Fact]
    public async Task A_chain_is_valid_until_somebody_tampers_with_it()
    {
        TamperedStore? tampered = null;
        await using var host = await TestHost.StartAsync(build: builder => TamperedStore.Use(builder, store => tampered = store));
        await host.RunningAsync();
        foreach (var type in new[] { "pause", "resume", "pause" })
        {
            (await host.CommandAsync(type)).Is(202);
        }

        Assert.Equal("""{"valid":true,"entries":4,"first_broken":null,"unknown_version":null}""", (await host.GetAsync("runs/r1/audit/verify")).Is(200).Body);
        tampered!.Tamper = entries => [.. entries.Select(entry => entry.Sequence == 2 ? entry with { ActorId = "mallory" } : entry)];
        Assert.Equal("""{"valid":false,"entries":4,"first_broken":2,"unknown_version":null}""", (await host.GetAsync("runs/r1/audit/verify")).Is(200).Body);
        tampered.Tamper = entries => [.. entries.Where(entry => entry.Sequence < 3)];
        Assert.Equal("""{"valid":false,"entries":2,"first_broken":3,"unknown_version":null}""", (await host.GetAsync("runs/r1/audit/verify")).Is(200).Body);
        tampered.Tamper = entries => [.. entries.Select(entry => entry.Sequence == 4 ? entry with { HashVersion = 3 } : entry)];
        Assert.Equal("""{"valid":false,"entries":4,"first_broken":null,"unknown_version":4}""", (await host.GetAsync("runs/r1/audit/verify")).Is(200).Body);
    }

    [Fact]
    public async Task The_chain_of_a_run_begins_with_its_creation_and_an_unknown_run_has_none()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var created = Assert.Single((await host.GetAsync("runs/r1/audit")).Is(200)["entries"].EnumerateArray());
        Assert.Equal("run.create", created.GetProperty("action").GetString());
        Assert.Equal("""{"valid":true,"entries":1,"first_broken":null,"unknown_version":null}""", (await host.GetAsync("runs/r1/audit/verify")).Is(200).Body);
        (await host.GetAsync("runs/unknown/audit")).Refused(404, "run_not_found");
        (await host.GetAsync("runs/unknown/audit/verify")).Refused(404, "run_not_found");
    }

    /// <summary>The store of a host, with audit entries that somebody changed behind its back.</summary>
    public class TamperedStore : DispatchProxy
    {
        private IRunStore _inner = null!;

        internal Func<IEnumerable<AuditEntry>, IReadOnlyList<AuditEntry>>? Tamper { get; set; }

        internal static void Use(WebApplicationBuilder builder, Action<TamperedStore> created)
        {
            var original = builder.Services.Last(service => service.ServiceType == typeof(IRunStore));
            builder.Services.AddSingleton(services =>
            {
                var proxy = Create<IRunStore, TamperedStore>();
                var store = (TamperedStore)(object)proxy;
                store._inner = (IRunStore)original.ImplementationFactory!(services);
                created(store);
                return proxy;
            });
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IRunStore.ReadAuditAsync) && Tamper is { } tamper
                ? new ValueTask<IReadOnlyList<AuditEntry>>(ReadAsync((RunId)args![0]!, (long)args[1]!, tamper))
                : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);

        private async Task<IReadOnlyList<AuditEntry>> ReadAsync(RunId run, long after, Func<IEnumerable<AuditEntry>, IReadOnlyList<AuditEntry>> tamper) =>
            [.. tamper(await _inner.ReadAuditAsync(run, 0, int.MaxValue, CancellationToken.None)).Where(entry => entry.Sequence > after)];
    }
}
