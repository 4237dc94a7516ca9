using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orchestrator.Client.Tests.Workers.Sockets;

/// <summary>A worker at a server that lets workers do what is for workers, and nothing else.</summary>
public sealed class CredentialsTests
{
    private const string Workers = "workers";

    [Fact]
    public async Task A_worker_that_shuts_down_hands_its_run_back_with_a_workers_credentials()
    {
        await using var server = await TestServer.StartAsync(build: AddCallers, secure: api =>
        {
            api.Workers.RequireAuthorization(Workers);
            api.Operators.RequireAuthorization("operators");
        });
        var id = (await server.InProcess.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("exp"), VersionId = VersionId.Parse("v1") })).Value.Value.Id;
        server.Http.DefaultRequestHeaders.Add(Caller.Header, Workers);
        using var sigterm = new CancellationTokenSource();

        var run = await server.Client.ClaimAsync("worker-1", options: new WorkerRunOptions { Shutdown = sigterm.Token });
        Assert.NotNull(run);
        run.Report(50, 0.5, 10);
        run.ReportCheckpoint(1, 50, "file:///1");
        await sigterm.CancelAsync();
        await run.DisposeAsync().AsTask().WaitAsync(SocketBench.Patience);

        var seen = (await server.InProcess.Runs.GetAsync(id)).Value;
        Assert.Equal((RunState.Queued, 2, 0L), (seen.State, seen.Attempt, seen.CurrentStep));
        Assert.Equal(new ResumePoint(id, 1, 1, 50, "file:///1"), seen.ResumePoint);
    }

    private static void AddCallers(WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi();
        builder.Services.AddAuthentication(Caller.Header).AddScheme<AuthenticationSchemeOptions, Caller>(Caller.Header, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Workers, policy => policy.RequireRole(Workers))
            .AddPolicy("operators", policy => policy.RequireRole("operators"));
    }

    /// <summary>Believes a header that names the role of the caller.</summary>
    private sealed class Caller(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        public const string Header = "X-Role";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, Request.Headers[Header].ToString())], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
