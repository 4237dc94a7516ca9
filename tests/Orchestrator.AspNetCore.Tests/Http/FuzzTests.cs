using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>
/// No bad input is ever a 5xx: contract section 8. The requests follow from a seed, <c>FUZZ_SEED</c>, and their number is
/// <c>FUZZ_REQUESTS</c>; a failure names both the seed and the request.
/// </summary>
public sealed class FuzzTests
{
    private const string Reached = "X-Reached";
    private const int Clients = 8;

    private static readonly int Seed = Setting("FUZZ_SEED", 20_260_301);
    private static readonly int Count = Setting("FUZZ_REQUESTS", 12_000);

    private static readonly Dictionary<string, int> Statuses = Enum.GetValues<RefusalCode>()
        .ToDictionary(code => code.ToWireName(), ProblemCodes.Status)
        .Append(new(ProblemCodes.MethodNotAllowed, 405))
        .Append(new(ProblemCodes.NotFound, 404))
        .ToDictionary();

    private readonly ConcurrentDictionary<int, bool> _seen = [];

    [Fact]
    public async Task Every_endpoint_answers_every_request_with_a_success_or_a_known_problem()
    {
        await using var host = await TestHost.StartAsync(
            options => options.Heartbeats.MinInterval = TimeSpan.FromSeconds(1),
            map: app =>
            {
                app.Use((context, next) =>
                {
                    context.Response.Headers[Reached] = context.GetEndpoint() is null ? "nothing" : "endpoint";
                    return next(context);
                });
                app.MapOrchestrator();
            });
        await SampleRequests.PrepareAsync(host);

        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(first => SendAsync(host, first)));
        await host.PassTimeUntilAsync(clients, TimeSpan.FromMinutes(10));

        Assert.Empty(host.Logs.Errors);
        Assert.All([200, 201, 202, 204, 400, 404, 405, 409, 413, 415, 422], status => Assert.True(_seen.ContainsKey(status), $"no {status} was seen"));
    }

    private async Task SendAsync(TestHost host, int first)
    {
        for (var index = first; index < Count; index += Clients)
        {
            var request = new FuzzRequest(SeedOf(index));
            string? fault;
            try
            {
                var reply = await host.ExchangeAsync(new HttpMethod(request.Method), request.Path, request.ToContent(), request.Added);
                _seen.TryAdd(reply.Status, true);
                fault = FaultOf(request, reply) is { } wrong ? $"{wrong}\n{reply.Status} {reply.Body}" : null;
            }
            catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
            {
                fault = $"no answer: {broken.Message}";
            }

            Assert.True(fault is null, $"FUZZ_SEED={Seed}, request {index}: {request}\n{fault}\n{string.Join('\n', host.Logs.Errors)}");
        }
    }

    /// <summary>What of an answer is against the contract; <see langword="null"/> when nothing is.</summary>
    private static string? FaultOf(FuzzRequest request, Reply reply)
    {
        if (reply.Status >= 500)
        {
            return "a server error";
        }

        if (reply.Status < 400 || request.Method == "HEAD")
        {
            return null;
        }

        switch (reply.Headers.GetValueOrDefault(Reached))
        {
            case null:
                return reply.Status is 400 or 414 or 431 ? null : "refused by the server, and not as a malformed request";
            case "nothing":
                return reply.Status == 404 ? null : "no endpoint, and not 404";
        }

        if (reply.ContentType != "application/problem+json")
        {
            return $"a problem as {reply.ContentType}";
        }

        return Statuses.GetValueOrDefault(reply.Code) != reply.Status ? "a code that is unknown or has another status"
            : reply.Details.ValueKind != JsonValueKind.Object ? "no details"
            : reply.Body.Contains("Exception", StringComparison.Ordinal) ? "an exception"
            : null;
    }

    /// <summary>A seed for each request, so that one can be made again without those before it.</summary>
    private static int SeedOf(int index) => unchecked((Seed * 31) + (index * 7_919));

    private static int Setting(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given) ? given : value;
}
