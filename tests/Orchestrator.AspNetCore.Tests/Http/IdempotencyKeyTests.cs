namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary><c>Idempotency-Key</c>: contract section 4.</summary>
public sealed class IdempotencyKeyTests
{
    private const string Replayed = "Idempotency-Replayed";

    /// <summary>Operation, and another request of it.</summary>
    public static TheoryData<string, string> Posts => new()
    {
        { "createRun", """{"experiment_id":"e1","version_id":"v2"}""" },
        { "claimRun", """{"worker_id":"w2","labels":{"team":"red"}}""" },
        { "moveRun", $$"""{"to_state":"paused","actor":{{TestHost.Ada}},"reason":"another"}""" },
        { "startAttempt", $$"""{"actor":{{TestHost.Ada}},"reason":"another"}""" },
        { "sendCommand", $$"""{"type":"tune","actor":{{TestHost.Ada}},"payload":{"learning_rate":0.25} }""" },
        { "acknowledgeCommand", """{"outcome":"rejected"}""" },
    };

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task The_same_key_with_the_same_request_has_no_second_effect_and_with_another_is_409(string operation, string other)
    {
        await using var host = await TestHost.StartAsync();
        await SampleRequests.PrepareAsync(host);
        var sample = SampleRequests.ByOperation[operation];

        var first = await sample.SendAsync(host, Key("k"));
        Assert.InRange(first.Status, 200, 202);
        Assert.False(first.Headers.ContainsKey(Replayed));
        var before = await StandsAsync(host);
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        var again = (await sample.SendAsync(host, Key("k"))).Is(200);
        Assert.Equal("true", again.Headers[Replayed]);
        Assert.Equal(first.Body, again.Body);
        Assert.Equal(first.Headers.GetValueOrDefault("Location"), again.Headers.GetValueOrDefault("Location"));
        (await (sample with { Body = other }).SendAsync(host, Key("k"))).Refused(409, "idempotency_key_reused");
        Assert.Equal(before, await StandsAsync(host));
    }

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task A_replay_answers_with_the_resource_as_it_now_stands(string operation, string _)
    {
        await using var host = await TestHost.StartAsync();
        await SampleRequests.PrepareAsync(host);
        var sample = SampleRequests.ByOperation[operation];
        var first = await sample.SendAsync(host, Key("k"));
        var made = first.Json.TryGetProperty("run", out var run) ? run : first.Json;
        var id = made.TryGetProperty("run_id", out var owner) ? owner.GetString()! : made.GetProperty("id").GetString()!;

        (await host.MoveAsync(id, "failed")).Is(200);

        Assert.Equal("true", (await sample.SendAsync(host, Key("k"))).Is(200).Headers[Replayed]);
        Assert.Equal("failed", await host.StateAsync(id));
    }

    [Fact]
    public async Task The_id_of_a_run_or_command_without_one_is_derived_from_the_key()
    {
        await using var host = await TestHost.StartAsync();
        await using var other = await TestHost.StartAsync();

        foreach (var operation in new[] { "createRun", "sendCommand" })
        {
            var ids = new List<string?>();
            foreach (var each in new[] { host, other })
            {
                if (operation == "createRun")
                {
                    await SampleRequests.PrepareAsync(each);
                }

                ids.Add((await SampleRequests.ByOperation[operation].SendAsync(each, Key("k")))["id"].GetString());
            }

            Assert.Equal(ids[0], ids[1]);
        }
    }

    [Fact]
    public async Task Twenty_at_once_make_one_run()
    {
        await using var host = await TestHost.StartAsync();
        var sample = SampleRequests.ByOperation["createRun"];

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => sample.SendAsync(host, Key("k"))));

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Status == 200));
        Assert.Single(replies.Select(reply => reply["id"].GetString()).Distinct());
        Assert.Equal(1, (await host.GetAsync("runs"))["runs"].GetArrayLength());
    }

    [Fact]
    public async Task Keys_of_different_paths_are_apart()
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync("running", "a");
        await host.InStateAsync("running", "b");
        var body = $$"""{"type":"pause","actor":{{TestHost.Ada}}}""";

        var commands = new[]
        {
            (await host.PostAsync("runs/a/commands", body, Key("k"))).Is(202),
            (await host.PostAsync("runs/b/commands", body, Key("k"))).Is(202),
        };
        (await host.PostAsync("runs/a/attempts", $$"""{"actor":{{TestHost.Ada}}}""", Key("k"))).Is(201);
        (await host.PostAsync("runs", """{"experiment_id":"e","version_id":"v"}""", Key("k"))).Is(201);

        Assert.NotEqual(commands[0]["id"].GetString(), commands[1]["id"].GetString());
    }

    [Fact]
    public async Task Refusals_are_not_remembered()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var move = $$"""{"to_state":"completed","actor":{{TestHost.Ada}}}""";
        (await host.PostAsync("runs/r1/transitions", move, Key("k"))).Refused(409, "invalid_transition");
        await host.MoveAsync("r1", "running");

        var reply = (await host.PostAsync("runs/r1/transitions", move, Key("k"))).Is(200);

        Assert.Equal("completed", reply["state"].GetString());
        Assert.False(reply.Headers.ContainsKey(Replayed));
    }

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task A_bad_key_is_422(string operation, string _)
    {
        await using var host = await TestHost.StartAsync();
        await SampleRequests.PrepareAsync(host);
        var before = await StandsAsync(host);

        foreach (var key in new[] { "", "a b", new string('k', 129) })
        {
            Assert.Equal(["Idempotency-Key"], (await SampleRequests.ByOperation[operation].SendAsync(host, Key(key))).Refused(422, "validation_failed").Faulty);
        }

        Assert.Equal(["Idempotency-Key"], (await SampleRequests.ByOperation[operation].SendAsync(host, Key("a"), Key("b"))).Refused(422, "validation_failed").Faulty);
        Assert.Equal(before, await StandsAsync(host));
        Assert.InRange((await SampleRequests.ByOperation[operation].SendAsync(host, Key("!" + new string('~', 127)))).Status, 200, 202);
    }

    [Fact]
    public async Task Heartbeats_do_not_look_at_it()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        await host.CreateRunAsync();

        foreach (var step in new[] { "1", "2" })
        {
            Assert.Equal(step, (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("step", step)), Key("k"))).Is(200)["current_step"].GetRawText());
        }
    }

    private static (string, string) Key(string key) => ("Idempotency-Key", key);

    /// <summary>All runs and the commands of the one that the samples are about.</summary>
    private static async Task<string> StandsAsync(TestHost host) => (await host.GetAsync("runs")).Is(200).Body + (await host.GetAsync("runs/r1/commands")).Is(200).Body;
}
