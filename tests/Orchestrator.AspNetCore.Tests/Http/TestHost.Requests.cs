namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>The requests that many tests make.</summary>
internal sealed partial class TestHost
{
    public const string Ada = """{"type":"operator","id":"ada"}""";

    /// <summary>Creates a run and answers its id.</summary>
    public async Task<string> CreateRunAsync(string id = "r1", string more = "")
    {
        (await PostAsync("runs", $$"""{"id":"{{id}}","experiment_id":"e1","version_id":"v1"{{more}}}""")).Is(201);
        return id;
    }

    /// <summary>A run that is running, at step 10 and checkpoint 2.</summary>
    public async Task<string> RunningAsync(string id = "r1")
    {
        await CreateRunAsync(id);
        (await BeatAsync(id)).Is(200);
        await PassAsync(TimeSpan.FromSeconds(10));
        return id;
    }

    /// <summary>A new run, brought into a state by transitions.</summary>
    public async Task<string> InStateAsync(string state, string id = "r1")
    {
        await CreateRunAsync(id);
        if (state == "completed")
        {
            (await MoveAsync(id, "provisioning")).Is(200);
        }

        (await MoveAsync(id, state)).Is(200);
        return id;
    }

    public async Task<string> StateAsync(string run = "r1") => (await GetAsync($"runs/{run}")).Is(200)["state"].GetString()!;

    public Task<Reply> BeatAsync(string run = "r1", params (string Member, string? Json)[] changes) =>
        PostAsync($"runs/{run}/heartbeat", Beats.Valid(run, changes));

    public Task<Reply> MoveAsync(string run, string to, string more = "") =>
        PostAsync($"runs/{run}/transitions", $$"""{"to_state":"{{to}}","actor":{{Ada}}{{more}}}""");

    public Task<Reply> StartAttemptAsync(string run = "r1", string more = "") =>
        PostAsync($"runs/{run}/attempts", $$"""{"actor":{{Ada}}{{more}}}""");

    public Task<Reply> ClaimAsync(string worker = "w1", string more = "") =>
        PostAsync("runs/claim", $$"""{"worker_id":"{{worker}}"{{more}}}""");

    /// <summary>Sends a command; a payload that its type needs is put in where none is given.</summary>
    public Task<Reply> CommandAsync(string type, string? id = null, string? payload = null, string run = "r1", string more = "")
    {
        payload ??= type switch
        {
            "terminate" => """{"reason":"enough"}""",
            "tune" => """{"learning_rate":0.5}""",
            _ => "null",
        };
        var named = id is null ? "" : $"\"id\":\"{id}\",";
        return PostAsync($"runs/{run}/commands", $$"""{{{named}}"type":"{{type}}","actor":{{Ada}},"payload":{{payload}}{{more}}}""");
    }

    public Task<Reply> ReadCommandAsync(string id, string run = "r1") => GetAsync($"runs/{run}/commands/{id}");

    public Task<Reply> NextAsync(string query = "", string run = "r1") => GetAsync($"runs/{run}/commands/next{query}");

    public Task<Reply> AckAsync(string command, string? body = null, string run = "r1") =>
        SendAsync(HttpMethod.Post, $"runs/{run}/commands/{command}/ack", body is null ? null : Json(body));

    /// <summary>Reads a resource until it is as expected: the answer to what goes on in the background. Fails after a bound of time.</summary>
    public async Task<Reply> EventuallyAsync(string path, Func<Reply, bool> expected)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var reply = await GetAsync(path);
            if (expected(reply))
            {
                return reply;
            }

            Assert.False(bound.IsCancellationRequested, $"{path} stays {reply.Status} {reply.Body}");
        }
    }

    /// <summary>Moves the time on, second by second, until a request that waits is answered.</summary>
    public async Task<Reply> PassTimeUntilAsync(Task<Reply> answered)
    {
        await PassTimeUntilAsync(answered, TimeSpan.FromSeconds(30));
        return await answered;
    }

    /// <summary>Moves the time on, second by second, until something is done. Fails after a bound of real time.</summary>
    public async Task PassTimeUntilAsync(Task done, TimeSpan atMost)
    {
        using var bound = new CancellationTokenSource(atMost);
        while (!done.IsCompleted)
        {
            Assert.False(bound.IsCancellationRequested, "it is not done, however late it is");
            Clock.Advance(TimeSpan.FromSeconds(1));
            await GetAsync("runs/nothing");
        }

        await done;
    }
}
