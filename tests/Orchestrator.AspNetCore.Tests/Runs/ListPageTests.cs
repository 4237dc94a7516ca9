using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary>Every list of a run is read page by page, and a page of runs with manifests is bounded in bytes.</summary>
public sealed class ListPageTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    public static TheoryData<string> Lists => ["transitions", "commands", "audit"];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Pages_join_to_the_whole_list_in_either_order(string list)
    {
        var run = await FilledAsync();
        var whole = await PageAsync(run, list, "");
        Assert.Null(whole.Next);
        Assert.Equal(Enumerable.Range(1, list == "audit" ? 8 : 7).Select(n => (long)n), whole.Items);

        foreach (var (order, expected) in new[] { ("asc", whole.Items), ("desc", whole.Items.AsEnumerable().Reverse().ToArray()) })
        {
            foreach (var limit in new[] { 1, 2, 3, 6, 7, 8, 1_000 })
            {
                var (all, cursor) = (new List<long>(), (string?)null);
                do
                {
                    var page = await PageAsync(run, list, $"?limit={limit}&order={order}{(cursor is null ? "" : "&cursor=" + cursor)}");
                    Assert.InRange(page.Items.Length, 1, limit);
                    all.AddRange(page.Items);
                    cursor = page.Next;
                }
                while (cursor is not null);

                Assert.Equal(expected, all);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_request_for_no_page_is_422_and_names_what(string list)
    {
        var run = await FilledAsync();
        foreach (var (query, members) in new[]
        {
            ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("order=up", "order"), ("cursor=x", "cursor"), ("cursor=", "cursor"), ("cursor=-1", "cursor"),
            ("limit=0&order=up&cursor=x", "cursor limit order"),
        })
        {
            var reply = (await _host.GetAsync($"runs/{run}/{list}?{query}")).Refused(422, "validation_failed");
            Assert.Equal(members.Split(' '), reply.Faulty);
        }
    }

    [Fact]
    public async Task More_than_1000_commands_are_read_in_two_pages()
    {
        await using var host = await TestHost.StartAsync(options => options.Commands.MaxPending = 1_100);
        await host.RunningAsync();
        for (var i = 0; i < 1_001; i++)
        {
            (await host.CommandAsync("tune")).Is(202);
        }

        var first = (await host.GetAsync("runs/r1/commands")).Is(200);
        var second = (await host.GetAsync($"runs/r1/commands?cursor={first["next_cursor"].GetString()}")).Is(200);

        Assert.Equal((1_000, 1), (first["commands"].GetArrayLength(), second["commands"].GetArrayLength()));
        Assert.Null(second["next_cursor"].GetString());
    }

    [Fact]
    public async Task A_page_of_runs_with_manifests_ends_at_8_MiB_with_a_cursor()
    {
        await using var host = await TestHost.StartAsync();
        var manifest = $$""","launch_manifest":{"a":"{{new string('x', 250_000)}}"}""";
        for (var i = 0; i < 40; i++)
        {
            await host.CreateRunAsync($"r{i:00}", i < 36 ? manifest : "");
        }

        var (all, sizes, cursor) = (new List<string>(), new List<int>(), (string?)null);
        do
        {
            var page = (await host.GetAsync($"runs?include=manifest&limit=500{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(200);
            all.AddRange(page["runs"].EnumerateArray().Select(run => run.GetProperty("id").GetString()!));
            sizes.Add(page.Body.Length);
            cursor = page["next_cursor"].GetString();
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"r{i:00}").Reverse(), all);
        Assert.Equal(2, sizes.Count);
        Assert.All(sizes, size => Assert.InRange(size, 0, (8 * 1024 * 1024) + 200_000));
        Assert.Equal(40, (await host.GetAsync("runs?limit=500")).Is(200)["runs"].GetArrayLength());
    }

    [Theory]
    [InlineData("runs?include=manifest&limit=500", "ListAsync 1 Summary")]
    [InlineData("runs/r1", "LoadAsync")]
    [InlineData("runs/r1/transitions", "LoadAsync, ReadTransitionsAsync 1")]
    [InlineData("runs/r1/commands?order=desc", "LoadAsync, ReadCommandsAsync 1")]
    [InlineData("runs/r1/audit", "LoadAsync, ReadAuditAsync 1")]
    [InlineData("runs/r1/audit/verify", "LoadAsync, ReadAuditAsync 1")]
    public async Task HEAD_reads_one_row_at_most_and_no_manifest(string path, string expected)
    {
        FaultyStore? store = null;
        await using var host = await TestHost.StartAsync(build: builder => FaultyStore.Use(builder, created => store = created));
        await host.RunningAsync();
        (await host.CommandAsync("tune")).Is(202);
        (await host.CommandAsync("tune")).Is(202);
        var calls = new List<string>();
        store!.Sees = (member, arguments) => calls.Add(string.Join(' ', [member, .. arguments.Where(value => value is int or RunDetail).Select(value => $"{value}")]));

        var reply = (await host.SendAsync(HttpMethod.Head, path, null)).Is(200);

        Assert.Equal((expected, ""), (string.Join(", ", calls), reply.Body));
    }

    /// <summary>A run with seven transitions, seven commands and the audit entries of them.</summary>
    private async Task<string> FilledAsync()
    {
        var run = await _host.CreateRunAsync(shared.NewId());
        for (var i = 0; i < 6; i++)
        {
            (await _host.BeatAsync(run, ("status", i % 2 == 0 ? "\"running\"" : "\"paused\""))).Is(200);
        }

        for (var i = 0; i < 7; i++)
        {
            (await _host.CommandAsync("tune", run: run)).Is(202);
        }

        return run;
    }

    private async Task<(long[] Items, string? Next)> PageAsync(string run, string list, string query)
    {
        var reply = (await _host.GetAsync($"runs/{run}/{list}{query}")).Is(200);
        var items = reply[list == "audit" ? "entries" : list].EnumerateArray().Select(item => item.GetProperty("sequence").GetInt64()).ToArray();
        return (items, reply["next_cursor"].GetString());
    }
}
