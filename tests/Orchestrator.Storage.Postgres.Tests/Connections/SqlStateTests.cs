using Orchestrator.Storage.Conformance;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Storage.Postgres.Tests.Connections;

public sealed class SqlStateTests
{
    private const int TriesOfALostRace = 10;

    [Fact]
    public async Task Every_state_that_a_change_meets_says_whether_to_repeat_it()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.ArmAsync();

        await AssertAllAsync(state => raising.Store.CommitAsync(Creation(Head("c-" + state))));
    }

    [Fact]
    public async Task Every_state_that_a_heartbeat_meets_says_whether_to_repeat_it()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.Store.StoreAsync(SqlStates.All.Select(state => Creation(Head("h-" + state))));
        await raising.ArmAsync();

        await AssertAllAsync(state => raising.Store.CommitAsync(Beat("h-" + state)));
    }

    [Fact]
    public async Task Every_state_that_a_read_meets_says_whether_to_repeat_it()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.Store.StoreAsync(SqlStates.All.Select(state => Creation(Head("r-" + state))));
        await raising.ArmAsync();

        await AssertAllAsync(state => raising.Store.LoadAsync("r-" + state));
    }

    [Theory]
    [InlineData("40001", TriesOfALostRace)]
    [InlineData("40P01", TriesOfALostRace)]
    [InlineData("22003", 1)]
    [InlineData("23514", 1)]
    [InlineData("42501", 1)]
    [InlineData("53100", 1)]
    [InlineData("XX000", 1)]
    public async Task Only_a_lost_race_is_tried_again_by_changes_heartbeats_and_reads(string state, int tries)
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.Store.StoreAsync([Creation(Head("h-" + state)), Creation(Head("r-" + state))]);
        await raising.ArmAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => raising.Store.CommitAsync(Creation(Head("c-" + state))));
        Assert.Equal(tries, await raising.CountAsync());

        await Assert.ThrowsAsync<StoreUnavailableException>(() => raising.Store.CommitAsync(Beat("h-" + state)));
        Assert.Equal(2 * tries, await raising.CountAsync());

        await Assert.ThrowsAsync<StoreUnavailableException>(() => raising.Store.LoadAsync("r-" + state));
        Assert.Equal(3 * tries, await raising.CountAsync());
    }

    [Fact]
    public async Task A_database_that_is_serializable_by_default_takes_many_writes_and_reads_at_once()
    {
        await using var raising = await RaisingStore.CreateAsync(";Options=-c default_transaction_isolation=serializable");
        var runs = Enumerable.Range(0, 40).Select(n => "run-" + n).ToList();

        await Task.WhenAll(runs.Select(async run =>
        {
            await raising.Store.StoreAsync(Creation(Head(run)));
            await raising.Store.LoadAsync(run);
            await raising.Store.FindQueuedAsync(10);
            await raising.Store.StoreAsync([Beat(run)]);
        }));

        Assert.Equal(runs.Count, (await raising.Store.ListAsync(new RunFilter(), limit: 100)).Count);
    }

    [Fact]
    public async Task A_right_that_is_missing_is_named()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.ArmAsync();

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => raising.Store.CommitAsync(Creation(Head("c-42501"))));

        Assert.Equal("PostgreSQL denies the user of the orchestrator a right that it needs: raised by a test (SQLSTATE 42501). Grant it.", fault.Message);
    }

    [Fact]
    public async Task A_database_without_a_connection_left_names_the_settings()
    {
        await using var raising = await RaisingStore.CreateAsync();
        await raising.ArmAsync();

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => raising.Store.CommitAsync(Creation(Head("c-53300"))));

        Assert.Contains("max_connections", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Maximum Pool Size", fault.Message, StringComparison.Ordinal);
    }

    private static RunWrite Beat(string run) =>
        new(Id(run), 1, new HeartbeatWrite(new Heartbeat { RunId = Id(run), Status = RuntimeStatus.Running, Step = 1 }, Start, TimeSpan.Zero), null, null);

    private static async Task AssertAllAsync(Func<string, Task> call)
    {
        var found = await Task.WhenAll(SqlStates.All.Select(async state => (state, fault: await Record.ExceptionAsync(() => call(state)))));

        Assert.Equal(
            SqlStates.All.Select(state => (state, (bool?)!SqlStates.IsRefusal(state))),
            found.Select(one => (one.state, (one.fault as StoreUnavailableException)?.IsTransient)));
    }
}
