using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Storage;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>What a test reads of the store, where no endpoint tells it.</summary>
internal sealed partial class TestHost
{
    public async Task<IReadOnlyList<RunEvent>> EventsAsync(string run) =>
        await Services.GetRequiredService<IRunStore>().ReadEventsAsync(RunId.Parse(run), 0, 1_000, CancellationToken.None);

    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(string run) =>
        await Services.GetRequiredService<IRunStore>().ReadAuditAsync(RunId.Parse(run), 0, 1_000, CancellationToken.None);
}
