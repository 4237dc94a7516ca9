using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

public sealed class ClaimTests
{
    [Fact]
    public async Task A_worker_asks_until_it_is_given_a_run()
    {
        var answers = new Queue<Func<HttpResponseMessage>>(
        [
            () => throw new HttpRequestException("refused"),
            () => FakeControlPlane.Refuse(503, "store_unavailable"),
            () => new HttpResponseMessage(HttpStatusCode.NoContent),
            () => new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent("""{"run":{"id":"r1","attempt":2,"launch_manifest":{"learning_rate":0.5}}}"""),
            },
        ]);
        using var control = new FakeControlPlane { Answer = _ => answers.Dequeue()() };
        using var http = Client(control);

        var claim = await Claim.WaitAsync(http, "w1", new JsonObject { ["gpu"] = "yes" }, TimeSpan.FromMilliseconds(1), default);

        Assert.Equal(("r1", 2, 0.5), (claim.RunId, claim.Attempt, (double)claim.Manifest["learning_rate"]!));
        Assert.Equal(4, control.Requests.Count);
        Assert.All(control.Requests, request => Assert.Equal("""{"worker_id":"w1","labels":{"gpu":"yes"},"wait":20}""", request.Body.ToJsonString()));
    }

    [Fact]
    public async Task A_claim_that_is_wrong_is_not_repeated()
    {
        using var control = new FakeControlPlane { Answer = _ => FakeControlPlane.Refuse(422, "validation_failed") };
        using var http = Client(control);

        await Assert.ThrowsAsync<HttpRequestException>(() => Claim.WaitAsync(http, "w1", [], TimeSpan.FromMilliseconds(1), default));

        Assert.Single(control.Requests);
    }

    private static HttpClient Client(FakeControlPlane control) => new(control) { BaseAddress = new Uri("http://control.test/api/v1/") };
}
