using CsCheck;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// What holds whatever happens (contract, section 10), over random histories. Each history is held against the model on its way.
/// A failure prints the seed and the shortest history that was found for it.
/// </summary>
/// <param name="stores">Makes the stores.</param>
public abstract class ModelSuite(IStoreFactory stores)
{
    private const int Facts = 10;

    /// <summary>
    /// How many histories there are in all, each over a store of its own. The environment variable <c>ORCHESTRATOR_TEST_SCALE</c> multiplies it.
    /// </summary>
    protected virtual int Sequences => 1_000;

    [Fact]
    public Task Every_answer_and_every_run_is_as_the_contract_tells() => CheckAsync(_ => Task.CompletedTask);

    [Fact]
    public Task Invariant_1_an_acknowledged_write_outlives_the_host() => CheckAsync(
        async simulation =>
        {
            var before = await RecordsAsync(simulation);
            await simulation.RunAsync([new Operation.Reboot()]);
            Same.As(before, await RecordsAsync(simulation));
        });

    [Fact]
    public Task Invariant_2_step_and_checkpoint_never_decrease_within_an_attempt() => CheckEachStepAsync(step =>
    {
        if (step is { Before: { } before, After: { } after } && before.Attempt == after.Attempt)
        {
            Assert.True(after.CurrentStep >= before.CurrentStep);
            Assert.True(after.CheckpointVersion >= before.CheckpointVersion);
        }
    });

    [Fact]
    public Task Invariant_3_transitions_form_an_unbroken_path_through_the_table() => CheckRecordsAsync(record => record.CheckPath());

    [Fact]
    public Task Invariant_4_a_terminal_run_never_changes_state_attempt_or_counters() => CheckEachStepAsync(step =>
    {
        if (step is { Before: { } before, After: { } after } && ModelRun.IsTerminal(before.State))
        {
            Assert.Equal(RunFacts.Of(before) with { LastRefusal = null }, RunFacts.Of(after) with { LastRefusal = null });
        }
    });

    [Fact]
    public Task Invariant_5_commands_are_delivered_in_order_until_settled_and_never_backwards() => CheckAsync(async simulation =>
    {
        foreach (var record in await RecordsAsync(simulation))
        {
            DeliveryOrder.Check(record);
        }

        foreach (var run in simulation.Runs.Where(run => !run.HasEnded))
        {
            await DeliveryOrder.CheckThatNothingIsLostAsync(simulation, run);
        }
    });

    [Fact]
    public Task Invariant_6_the_same_request_twice_has_the_effect_of_once() => CheckAsync(_ => Task.CompletedTask, repeats: true);

    [Fact]
    public Task Invariant_7_a_stale_attempt_a_late_beat_and_a_duplicate_change_nothing() => CheckEachStepAsync(step =>
    {
        if (step is not { Before: { } before, After: { } after })
        {
            return;
        }

        if (step.Answer.Refused is not null)
        {
            Assert.Equal(RunFacts.Of(before) with { LastRefusal = null }, RunFacts.Of(after) with { LastRefusal = null });
        }
        else if (step.Answer.Effect is Effect.None or Effect.Replayed
            || (step.Operation is Operation.Report { BeatBy: <= 0 } && before.LastHeartbeatAt is not null && before.Heartbeats == after.Heartbeats))
        {
            // A key that is used is kept with the run, also where the call changes nothing.
            Assert.InRange(after.Revision, before.Revision, before.Revision + (step.Operation.HasKey ? 1 : 0));
            Assert.Equal(RunFacts.Of(before), RunFacts.Of(after));
        }
    });

    [Fact]
    public Task Invariant_9_durable_events_arrive_in_order_without_gaps() => CheckRecordsAsync(record => record.CheckEvents());

    [Fact]
    public Task Invariant_10_the_audit_chain_verifies() => CheckRecordsAsync(record => record.CheckAudit());

    private Task CheckRecordsAsync(Action<RunRecord> check) => CheckAsync(async simulation =>
    {
        foreach (var record in await RecordsAsync(simulation))
        {
            check(record);
        }
    });

    private Task CheckEachStepAsync(Action<Step> check) => CheckAsync(_ => Task.CompletedTask, check);

    private Task CheckAsync(
        Func<Simulation, Task> check, Action<Step>? observe = null, bool repeats = false) =>
        Histories.Any.SampleAsync(
            async operations =>
            {
                await using var simulation = await Simulation.StartAsync(stores, observe, repeats);
                await simulation.RunAsync(operations);
                await check(simulation);
            },
            iter: Scale.Of(Sequences) / Facts,
            print: operations => string.Join('\n', operations.Select(operation => operation.ToString())));

    private static async Task<List<RunRecord>> RecordsAsync(Simulation simulation)
    {
        var records = new List<RunRecord>();
        foreach (var run in simulation.Runs)
        {
            records.Add(await RunRecord.ReadAsync(simulation.Store, run.Id));
        }

        return records;
    }
}
