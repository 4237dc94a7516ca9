using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.Client.Tests.Http;

/// <summary>A client whose requests a stub answers, and whose time the test moves.</summary>
internal sealed class StubbedClient : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;

    public StubbedClient(params Func<CancellationToken, Task<HttpResponseMessage>>[] answers)
    {
        Stub = new StubHandler(answers);
        _http = new HttpClient(Stub) { BaseAddress = new Uri("http://server/api/v1"), Timeout = Timeout.InfiniteTimeSpan };
        Client = new OrchestratorClient(_http, timeProvider: Clock);
    }

    public static RunId Run { get; } = RunId.Parse("r1");

    public static NewRun NewRun { get; } = new() { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public StubHandler Stub { get; }

    public OrchestratorClient Client { get; }

    public string[] Requests => [.. Stub.Sent.Select(sent => sent.Request)];

    /// <summary>
    /// Lets time pass until the call is answered, and tells how much did. The stub answers at once, so that whatever a step of time brings about
    /// is done when the step is.
    /// </summary>
    public async Task<(T Answer, TimeSpan Took)> PassAsync<T>(ValueTask<T> call)
    {
        var task = call.AsTask();
        var began = Clock.GetUtcNow();
        while (!task.IsCompleted && Clock.GetUtcNow() - began < Longest)
        {
            Clock.Advance(Step);
        }

        return (await task.WaitAsync(TimeSpan.FromSeconds(30)), Clock.GetUtcNow() - began);
    }

    public void Dispose() => _http.Dispose();
}
