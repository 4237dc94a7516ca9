using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>The order of checks of contract section 2: of two faults in one heartbeat, the more fundamental one is told.</summary>
public sealed class HeartbeatOrderTests(HeartbeatOrderTests.ThrottledRuns runs) : IClassFixture<HeartbeatOrderTests.ThrottledRuns>
{
    /// <summary>Each fault as a change to a request, in the contract's order.</summary>
    private static readonly (string Name, int Status, string? Code, Func<Sent, Sent> Add)[] Faults =
    [
        ("media type", 415, "unsupported_media_type", sent => sent with { ContentType = "text/plain" }),
        ("size", 413, "payload_too_large", sent => sent with { Padding = 40_000 }),
        ("JSON", 400, "invalid_json", sent => sent.With("checkpoint_uri", "5")),
        ("shape", 422, "validation_failed", sent => sent.With("status", null)),
        ("other run", 422, "run_id_mismatch", sent => sent.With("run_id", "\"other\"")),
        ("unknown run", 404, "run_not_found", sent => sent with { Run = "unknown" }),
        ("terminal", 409, "run_ended", sent => sent with { Run = "ended" }),
        ("stale attempt", 409, "stale_attempt", sent => sent.With("attempt", "1")),
        ("unknown attempt", 422, "unknown_attempt", sent => sent.With("attempt", "3")),
        ("no attempt", 422, "attempt_required", sent => sent.With("attempt", null)),
        ("late beat", 200, null, sent => sent.With("beat", "5")),
        ("step", 409, "step_regression", sent => sent.With("step", "9")),
        ("checkpoint", 409, "checkpoint_regression", sent => sent.With("checkpoint_version", "1")),
        ("throttle", 429, "heartbeat_throttled", sent => sent),
    ];

    /// <summary>Faults that exclude each other: a run is in one state, and a heartbeat names one attempt.</summary>
    private static readonly string[][] Alternatives = [["unknown run", "terminal"], ["stale attempt", "unknown attempt", "no attempt"]];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            var names = Faults.Select(fault => fault.Name).ToArray();
            foreach (var (index, first) in names.Index())
            {
                foreach (var second in names[(index + 1)..].Where(second => !Alternatives.Any(group => group.Contains(first) && group.Contains(second))))
                {
                    pairs.Add(first, second);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_more_fundamental_of_two_faults_is_told(string first, string second)
    {
        var fundamental = Faults.Single(fault => fault.Name == first);
        var sent = Faults.Single(fault => fault.Name == second).Add(fundamental.Add(new Sent()));

        var reply = await runs.Host.SendAsync(
            HttpMethod.Post, $"runs/{sent.Run}/heartbeat", TestHost.Json(sent.Body, sent.ContentType));

        if (fundamental.Code is { } code)
        {
            reply.Refused(fundamental.Status, code);
        }
        else
        {
            Assert.Equal(10, reply.Is(200)["current_step"].GetInt64());
        }
    }

    /// <summary>Runs in their second attempt, whose last heartbeat was accepted just now.</summary>
    public sealed class ThrottledRuns : IAsyncLifetime
    {
        internal TestHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Host = await TestHost.StartAsync();
            foreach (var run in new[] { "live", "ended" })
            {
                await Host.CreateRunAsync(run);
                (await Host.ClaimAsync(run)).Is(200);
                (await Host.StartAttemptAsync(run, ""","worker_id":"w" """)).Is(201);
                (await Host.PostAsync($"runs/{run}/heartbeat", new Sent { Run = run }.With("beat", "5").Body)).Is(200);
            }

            (await Host.MoveAsync("ended", "completed")).Is(200);
        }

        public async ValueTask DisposeAsync() => await Host.DisposeAsync();
    }

    private sealed record Sent
    {
        public string Run { get; init; } = "live";

        public string? ContentType { get; init; } = "application/json";

        public int Padding { get; init; }

        public (string, string?)[] Changes { get; init; } = [("attempt", "2"), ("beat", "6")];

        public string Body => Beats.Valid(Run, Changes) + new string(' ', Padding);

        public Sent With(string member, string? json) => this with { Changes = [.. Changes, (member, json)] };
    }
}
