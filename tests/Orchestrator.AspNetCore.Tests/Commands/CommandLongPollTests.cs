using System.Net;
using System.Text;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>Polls that wait, <c>?wait=S</c>: contract section 3, Delivery.</summary>
public sealed class CommandLongPollTests
{
    [Fact]
    public async Task A_poll_wakes_when_a_command_is_accepted()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var poll = host.NextAsync("?wait=60");
        await host.Parked.AreAsync(1);

        (await host.CommandAsync("pause", "c1")).Is(202);

        Assert.Equal("c1", (await Answered(poll)).Is(200)["id"].GetString());
    }

    [Fact]
    public async Task A_command_goes_to_one_of_the_polls_that_wait()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var polls = Enumerable.Range(0, 8).Select(_ => host.NextAsync("?wait=60")).ToArray();
        await host.Parked.AreAsync(8);

        for (var i = 0; i < 8; i++)
        {
            (await host.CommandAsync("tune", $"c{i}")).Is(202);
        }

        var given = await Task.WhenAll(polls).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"c{i}"), given.Select(reply => reply.Is(200)["id"].GetString()).Order());
        Assert.All(given, reply => Assert.Equal(1, reply["delivery_count"].GetInt32()));
    }

    [Fact]
    public async Task A_poll_wakes_when_a_delivered_command_becomes_deliverable_again()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.NextAsync();

        var again = await host.PassTimeUntilAsync(host.NextAsync("?wait=60"));

        Assert.Equal(2, again.Is(200)["delivery_count"].GetInt32());
    }

    [Fact]
    public async Task A_poll_is_204_when_its_wait_is_over()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = await host.PassTimeUntilAsync(host.NextAsync("?wait=3"));

        Assert.Equal("no-store", reply.Is(204).Headers["Cache-Control"]);
    }

    [Fact]
    public async Task A_wait_beyond_MaxWait_is_204_after_MaxWait()
    {
        await using var host = await TestHost.StartAsync(options => options.Limits.MaxWait = TimeSpan.FromSeconds(1));
        await host.RunningAsync();
        using var claim = new StringContent("""{"worker_id":"w","wait":60}""", Encoding.UTF8, "application/json");
        Task<HttpResponseMessage>[] calls =
        [
            host.Client.GetAsync("/api/v1/runs/r1/commands/next?wait=60"),
            host.Client.PostAsync("/api/v1/runs/claim", claim),
        ];
        await host.Parked.AreAsync(2);

        var begin = host.Clock.GetUtcNow();
        await host.PassTimeUntilAsync(Task.WhenAll(calls), TimeSpan.FromSeconds(30));

        Assert.InRange(host.Clock.GetUtcNow() - begin, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(59));
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
    }

    [Theory]
    [InlineData("0", 204)]
    [InlineData("0.0", 204)]
    [InlineData("", 422)]
    [InlineData("-1", 422)]
    [InlineData("60.001", 422)]
    [InlineData("61", 422)]
    [InlineData("1e1", 422)]
    [InlineData("NaN", 422)]
    [InlineData("Infinity", 422)]
    [InlineData("x", 422)]
    [InlineData("0&wait=0", 422)]
    [InlineData("99999999999999999999999999999999", 422)]
    public async Task Wait_is_from_0_to_60_seconds(string wait, int status)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = await host.NextAsync($"?wait={wait}");

        _ = status == 422 ? Assert.Single(reply.Refused(422, "validation_failed").Faulty) : reply.Is(status).Body;
    }

    [Fact]
    public async Task The_end_of_the_run_releases_every_poll_that_waits()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var polls = Enumerable.Range(0, 4).Select(_ => host.NextAsync("?wait=60")).ToArray();
        await host.Parked.AreAsync(4);

        (await host.MoveAsync("r1", "failed")).Is(200);

        foreach (var reply in await Task.WhenAll(polls).WaitAsync(TimeSpan.FromSeconds(30)))
        {
            Assert.Equal("failed", reply.Refused(409, "run_ended").Details.GetProperty("end_reason").GetString());
        }
    }

    [Fact]
    public async Task A_new_attempt_releases_the_poll_of_the_old_one()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var poll = host.NextAsync("?wait=60&attempt=1");
        await host.Parked.AreAsync(1);

        (await host.StartAttemptAsync()).Is(201);

        (await Answered(poll)).Refused(409, "stale_attempt");
    }

    [Fact]
    public async Task The_stop_of_the_host_releases_every_poll_that_waits()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        var poll = host.NextAsync("?wait=60");
        await host.Parked.AreAsync(1);

        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));

        (await Answered(poll)).Is(204);
        Assert.Empty(host.Logs.Errors);
    }

    [Fact]
    public async Task A_poll_whose_client_has_gone_consumes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        using var gone = new CancellationTokenSource();
        var poll = host.Client.GetAsync("/api/v1/runs/r1/commands/next?wait=60", gone.Token);
        await host.Parked.AreAsync(1);

        await gone.CancelAsync();
        await host.Parked.AreAsync(0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        (await host.CommandAsync("pause", "c1")).Is(202);

        Assert.Equal(0, (await host.ReadCommandAsync("c1"))["delivery_count"].GetInt32());
        Assert.Equal(1, (await host.NextAsync()).Is(200)["delivery_count"].GetInt32());
        Assert.Empty(host.Logs.Errors);
    }

    private static Task<Reply> Answered(Task<Reply> poll) => poll.WaitAsync(TimeSpan.FromSeconds(30));
}
