using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Clients
{
    public static async Task ListAsync()
    {
        // <client>
        using var http = new HttpClient { BaseAddress = new Uri("http://localhost:5000/api/v1") };
        IOrchestrator orchestrator = new OrchestratorClient(http);

        await foreach (var run in orchestrator.Runs.ListAllAsync(new RunFilter { States = [RunState.Running] }))
        {
            Console.WriteLine($"{run.Id} {run.CurrentStep} {run.Loss}");
        }
        // </client>
    }

    public static void Register(WebApplicationBuilder builder, string token)
    {
        // <client-registration>
        builder.Services
            .AddOrchestratorClient(options => options.BaseAddress = new Uri("https://orchestrator.example/api/v1"))
            .ConfigureHttpClient(http => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token));
        builder.Services.AddSingleton<IOrchestrator>(services => services.GetRequiredService<OrchestratorClient>());
        // </client-registration>
    }

    public static async Task FollowAsync(IOrchestrator orchestrator, CancellationToken cancellationToken)
    {
        // <client-events>
        var subscribed = await orchestrator.SubscribeAsync(new EventSubscription { Types = [EventType.RunStateChanged] }, cancellationToken);
        await foreach (var (told, position) in subscribed.Value.WithCancellation(cancellationToken))
        {
            var step = ((StateChangedData)told.Data).Transition;
            Console.WriteLine($"{position}: {told.RunId} went from {step.From} to {step.To}");
        }
        // </client-events>
    }
}
