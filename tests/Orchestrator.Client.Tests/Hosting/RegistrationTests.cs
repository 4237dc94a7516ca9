using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

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

    private sealed class Signature : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new("Bearer", "token");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
