using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Client.Workers.Claims;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>What identifies a claim: its key, its worker, and whether it may take over.</summary>
public sealed class ClaimKeyTests : IAsyncDisposable
{
    private static readonly Refusal Reused = new(RefusalCode.IdempotencyKeyReused, "Used before.");
    private static readonly Refusal Stale = new(RefusalCode.StaleAttempt, "The attempt was replaced.");

    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_claim_that_is_repeated_because_no_answer_came_has_the_same_key_and_gets_the_same_attempt()
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Claim, Kind.LoseReply, times: 3);

        var run = await _bench.UntilDoneAsync(_bench.ClaimAsync(wait: TimeSpan.FromMinutes(5)));

        Assert.Equal(1, run?.Attempt);
        Assert.Equal(4, _bench.Line.Claims.Count);
        Assert.NotNull(Assert.Single(_bench.Line.Claims.Select(claim => claim.Key).Distinct()));
    }

    [Fact]
    public async Task Each_claim_that_was_answered_is_followed_by_one_with_another_key()
    {
        var claim = _bench.ClaimAsync(wait: Timeout.InfiniteTimeSpan);
        await _bench.UntilAsync(() => _bench.Line.Claims.Count >= 3);
        await _bench.QueueAsync();
        await _bench.UntilDoneAsync(claim);

        var keys = _bench.Line.Claims.Select(sent => sent.Key).ToArray();
        Assert.Equal(keys.Distinct(), keys);
    }

    public static TheoryData<RefusalCode> Anew { get; } = [RefusalCode.StaleAttempt, RefusalCode.IdempotencyKeyReused];

    [Theory]
    [MemberData(nameof(Anew))]
    public async Task A_claim_that_is_refused_for_its_key_is_made_anew_with_another(RefusalCode code)
    {
        await _bench.QueueAsync();
        _bench.Line.Break(Operation.Claim, Kind.Cut, times: 1, refusal: code == RefusalCode.StaleAttempt ? Stale : Reused);

        var run = await _bench.ClaimAsync();

        Assert.Equal("run", run?.Id.Value);
        Assert.Equal(2, _bench.Line.Claims.Select(claim => claim.Key).Distinct().Count());
    }

    [Fact]
    public async Task A_worker_without_a_name_is_called_after_its_machine_and_process()
    {
        await _bench.QueueAsync();

        await using var run = await _bench.Line.ClaimAsync(options: _bench.Options);

        Assert.Equal($"{Environment.MachineName}-{Environment.ProcessId}", run?.Run.WorkerId);
        await _bench.UntilDoneAsync(run!.CompleteAsync());
    }

    [Fact]
    public async Task A_run_goes_only_to_a_worker_that_offers_what_it_requires()
    {
        var request = new NewRun
        {
            ExperimentId = ExperimentId.Parse("exp"),
            VersionId = VersionId.Parse("v1"),
            Requires = new Dictionary<string, string> { ["gpu"] = "a100" },
        };
        await _bench.Engine.Runs.CreateAsync(request);

        Assert.Null(await _bench.ClaimAsync("laptop"));
        var run = await _bench.ClaimAsync("server", new ClaimOptions { Offers = new Dictionary<string, string> { ["gpu"] = "a100" } });

        Assert.Equal("a100", run?.Run.Requires["gpu"]);
    }

    [Fact]
    public async Task A_process_that_was_killed_and_started_again_takes_its_run_over_at_once_where_its_name_is_its_own()
    {
        var killed = await _bench.TakeAsync();
        var started = new ClaimMemory();

        var run = await _bench.ClaimAsync("worker-1", new ClaimOptions { Takeover = true }, process: started);

        Assert.Equal((killed.Id, 2), (run?.Id, run?.Attempt));
        await _bench.TrainToStopAsync<RunLostException>(killed);

        // The process has the run now, and must not take it from itself.
        Assert.Null(await _bench.ClaimAsync("worker-1", new ClaimOptions { Takeover = true }, process: started));
        Assert.Equal([false, true, false], _bench.Line.Claims.Select(claim => claim.Request.Takeover));
    }

    [Fact]
    public async Task A_first_claim_that_is_repeated_because_no_answer_came_still_takes_over()
    {
        _bench.Line.Break(Operation.Claim, Kind.Cut, times: 3);
        var process = new ClaimMemory();

        Assert.Null(await _bench.ClaimAsync("worker-1", new ClaimOptions { Takeover = true }, process: process));
        await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", new ClaimOptions { Takeover = true, Wait = TimeSpan.FromMinutes(3) }, process: process));

        Assert.Equal([true, true, true, true], _bench.Line.Claims.Take(4).Select(claim => claim.Request.Takeover));
        Assert.All(_bench.Line.Claims.Skip(4), claim => Assert.False(claim.Request.Takeover));
    }

    [Theory]
    [InlineData(HealthStatus.HeartbeatStale)]
    [InlineData(HealthStatus.Unresponsive)]
    public async Task A_worker_that_waits_while_its_name_holds_a_silent_run_logs_once_which_run_and_what_to_do(HealthStatus health)
    {
        var since = _bench.Time.GetUtcNow() - TimeSpan.FromMinutes(3);
        var (log, process) = (new EventLog(), new ClaimMemory());
        _bench.Line.Listed = [RunOf("worker-2", health, since), RunOf("worker-1", health, since)];
        var options = _bench.Options with { Logger = log };

        await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", new ClaimOptions { Wait = TimeSpan.FromMinutes(10) }, options, process));
        await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", new ClaimOptions { Wait = TimeSpan.FromMinutes(10) }, options, process));

        var (level, _, text) = Assert.Single(log.Entries, entry => entry.Name == "SilentRunHeld");
        Assert.Equal(LogLevel.Warning, level);
        Assert.All(
            (string[])["worker-1 holds run of-worker-1", "attempt 3", since.ToString(CultureInfo.InvariantCulture), "Takeover", "new attempt"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("worker-2", HealthStatus.Unresponsive)]
    [InlineData("worker-1", HealthStatus.Healthy)]
    public async Task A_worker_whose_name_holds_no_silent_run_logs_nothing(string workerId, HealthStatus health)
    {
        var log = new EventLog();
        _bench.Line.Listed = [RunOf(workerId, health, _bench.Time.GetUtcNow())];

        await _bench.UntilDoneAsync(_bench.ClaimAsync("worker-1", wait: TimeSpan.FromMinutes(10), options: _bench.Options with { Logger = log }));

        Assert.DoesNotContain("SilentRunHeld", log.Events);
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.Bar)]
    [InlineData(Kind.Throw)]
    public async Task A_worker_that_may_not_list_runs_claims_all_the_same(Kind kind)
    {
        _bench.Line.Break(Operation.List, kind);
        var log = new EventLog();
        var claim = _bench.ClaimAsync(wait: Timeout.InfiniteTimeSpan, options: _bench.Options with { Logger = log });
        await _bench.UntilAsync(() => log.Events.Contains("SilentRunsUnread"));

        await _bench.QueueAsync();

        Assert.NotNull(await _bench.UntilDoneAsync(claim));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private static Run RunOf(string workerId, HealthStatus health, DateTimeOffset since)
    {
        var head = new RunHead
        {
            Id = RunId.Parse($"of-{workerId}"),
            ExperimentId = ExperimentId.Parse("exp"),
            VersionId = VersionId.Parse("v1"),
            CreatedAt = since,
            ChangedAt = since,
            Revision = 4,
            State = RunState.Running,
            Attempt = 3,
            WorkerId = workerId,
            Health = health,
        };
        return new Run(head, RunProgress.None with { LastHeartbeatAt = since });
    }
}
