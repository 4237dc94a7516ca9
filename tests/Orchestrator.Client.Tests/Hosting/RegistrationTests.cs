using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.FaultProxy;

namespace Orchestrator.Client.Tests.Hosting;

public sealed class RegistrationTests
{
    [Fact]
    public async Task The_client_is_one_for_all_and_sends_through_the_handlers_that_were_added()
    {
        await using var server = await TestServer.StartAsync();
        var services = new ServiceCollection();
        services.AddOrchestratorClient(options => options.BaseAddress = server.Address).AddHttpMessageHandler(() => new Signature());
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<OrchestratorClient>();

        Assert.Null((await client.Runs.ListAsync()).Refusal);
        Assert.Equal("Bearer token", server.Requests.Single().Headers.Authorization);
        Assert.Same(client, provider.GetRequiredService<OrchestratorClient>());
    }

    [Fact]
    public void The_HTTP_client_has_no_time_limit_of_its_own()
    {
        var services = new ServiceCollection();
        services.AddOrchestratorClient(options => options.BaseAddress = new Uri("http://localhost/"));
        using var provider = services.BuildServiceProvider();

        Assert.Equal(Timeout.InfiniteTimeSpan, provider.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(OrchestratorClient)).Timeout);
    }

    [Fact]
    public async Task The_client_takes_no_default_resilience_handlers_and_keeps_the_other_default_handlers()
    {
        await using var server = await TestServer.StartAsync();
        var services = new ServiceCollection();
        services.AddOrchestratorClient(options => options.BaseAddress = server.Address).AddResilienceHandler("own", _ => { });
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddHttpMessageHandler(() => new Signature());
            http.AddStandardResilienceHandler();
        });
        await using var provider = services.BuildServiceProvider();

        Assert.Null((await provider.GetRequiredService<OrchestratorClient>().Runs.ListAsync()).Refusal);
        Assert.Equal("Bearer token", server.Requests.Single().Headers.Authorization);
        Assert.Single(HandlersOf(provider).OfType<ResilienceHandler>());
    }

    [Fact]
    public async Task A_call_is_not_logged_by_the_HTTP_client()
    {
        await using var server = await TestServer.StartAsync();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddFakeLogging());
        services.AddOrchestratorClient(options => options.BaseAddress = server.Address);
        await using var provider = services.BuildServiceProvider();

        Assert.Null((await provider.GetRequiredService<OrchestratorClient>().Runs.ListAsync()).Refusal);

        Assert.DoesNotContain(
            provider.GetFakeLogCollector().GetSnapshot(),
            line => line.Category!.StartsWith($"System.Net.Http.HttpClient.{nameof(OrchestratorClient)}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https+http")]
    [InlineData("http+https")]
    public async Task Service_discovery_resolves_the_address(string scheme)
    {
        await using var server = await TestServer.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("services:runs:http:0", server.Address.GetLeftPart(UriPartial.Authority))]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler());
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.Services.AddOrchestratorClient(options => options.BaseAddress = new Uri($"{scheme}://runs/api/v1"));
        using var host = builder.Build();

        Assert.Null((await host.Services.GetRequiredService<OrchestratorClient>().Runs.ListAsync()).Refusal);
    }

    [Fact]
    public async Task A_redirect_to_a_login_page_is_not_followed()
    {
        await using var proxy = await Proxy.StartAsync();
        proxy.Add(Fault.Redirect(302, "/login").On(pathPart: "/api/v1"));
        var page = proxy.Add(Fault.Gateway(200));
        var services = new ServiceCollection();
        services.AddOrchestratorClient(options => options.BaseAddress = new Uri(proxy.Address, "api/v1"));
        await using var provider = services.BuildServiceProvider();

        await Assert.ThrowsAsync<UnexpectedAnswerException>(async () => await provider.GetRequiredService<OrchestratorClient>().Runs.ListAsync());

        Assert.Equal(0, page.Hits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beside_an_engine_the_orchestrator_of_the_host_is_its_engine(bool clientFirst)
    {
        var services = new ServiceCollection();
        if (clientFirst)
        {
            AddClient();
        }

        services.AddOrchestrator();
        if (!clientFirst)
        {
            AddClient();
        }

        await using var provider = services.BuildServiceProvider();

        Assert.IsNotType<OrchestratorClient>(provider.GetRequiredService<IOrchestrator>());
        Assert.NotNull(provider.GetRequiredService<OrchestratorClient>());

        void AddClient() => services.AddOrchestratorClient(options => options.BaseAddress = new Uri("http://localhost/"));
    }

    [Fact]
    public async Task An_application_with_options_that_make_no_sense_does_not_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOrchestratorClient(options => options.Timeout = TimeSpan.Zero);
        using var host = builder.Build();

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(2, fault.Failures.Count());
        Assert.Contains("OrchestratorClientOptions.Timeout is 00:00:00", fault.Message, StringComparison.Ordinal);
        Assert.Contains("BaseAddress is required", fault.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<HttpMessageHandler> HandlersOf(IServiceProvider provider)
    {
        HttpMessageHandler? handler = provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(nameof(OrchestratorClient));
        for (; handler is not null; handler = (handler as DelegatingHandler)?.InnerHandler)
        {
            yield return handler;
        }
    }

    private sealed class Signature : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new("Bearer", "token");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
