using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Publishers
{
    public static void Add(WebApplicationBuilder builder)
    {
        // <publishers>
        builder.Services.AddSingleton(new HttpClient { BaseAddress = new Uri("https://pager.example/") });
        builder.Services.AddOrchestrator()
            .AddPublisher<PagerPublisher>()
            .AddLoggingPublisher();
        // </publishers>
    }

    // <publisher>
    public sealed class PagerPublisher(HttpClient pager) : IEventPublisher
    {
        public string Name => "pager";

        public async ValueTask PublishAsync(IReadOnlyList<RunEvent> events, CancellationToken cancellationToken)
        {
            foreach (var told in events)
            {
                if (told.Data is HealthChangedData { Severity: EventSeverity.Critical } or TerminateRecommendedData or FleetSilentData)
                {
                    using var body = new StringContent($"{told.Type.ToWireName()} {told.Id}");
                    using var answer = await pager.PostAsync("alerts", body, cancellationToken);
                    answer.EnsureSuccessStatusCode();
                }
            }
        }
    }
    // </publisher>
}
