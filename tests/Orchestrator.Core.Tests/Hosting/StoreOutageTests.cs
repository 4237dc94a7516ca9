namespace Orchestrator.Core.Tests.Hosting;

/// <summary>Every operation of a host that has never reached its store.</summary>
public sealed class StoreOutageTests
{
    private static readonly RunId Run = RunId.Parse("run");
    private static readonly CommandId Command = CommandId.Parse("c");
    private static readonly CallContext Keyed = new() { IdempotencyKey = "key" };

    /// <summary>The calls of each operation: those that differ in what they ask the store first. An operation without an answer yields none.</summary>
    private static readonly Dictionary<string, Func<IOrchestrator, IEnumerable<Task<Refusal?>>>> Calls = new()
    {
        ["IRunOperations.CreateAsync"] = target =>
        [
            RefusalOf(target.Runs.CreateAsync(TestHost.NewRun())),
            RefusalOf(target.Runs.CreateAsync(TestHost.NewRun("run"))),
            RefusalOf(target.Runs.CreateAsync(TestHost.NewRun(), Keyed)),
        ],
        ["IRunOperations.GetAsync/2"] = target => [RefusalOf(target.Runs.GetAsync(Run))],
        ["IRunOperations.GetAsync/3"] = target => [RefusalOf(target.Runs.GetAsync(Run, RunDetail.Summary))],
        ["IRunOperations.ListAsync"] = target => [RefusalOf(target.Runs.ListAsync())],
        ["IRunOperations.TransitionAsync"] = target =>
        [
            RefusalOf(target.Runs.TransitionAsync(Run, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada })),
            RefusalOf(target.Runs.TransitionAsync(Run, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada }, Keyed)),
        ],
        ["IRunOperations.GetTransitionsAsync"] = target => [RefusalOf(target.Runs.GetTransitionsAsync(Run))],
        ["IRunOperations.ClaimAsync"] = target =>
        [
            RefusalOf(target.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })),
            RefusalOf(target.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" }, Keyed)),
            RefusalOf(target.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Run = Run })),
            RefusalOf(target.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Takeover = true })),
            RefusalOf(target.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Wait = TimeSpan.FromSeconds(60) })),
        ],
        ["IRunOperations.StartAttemptAsync"] = target => [RefusalOf(target.Runs.StartAttemptAsync(Run, new AttemptRequest { Actor = TestHost.Ada }))],
        ["IRunOperations.SnoozeAsync"] = target =>
            [RefusalOf(target.Runs.SnoozeAsync(Run, new SnoozeRequest { For = TimeSpan.FromMinutes(1), Reason = "r", Actor = TestHost.Ada }))],
        ["IHeartbeatOperations.ReportAsync/4"] = target => [RefusalOf(target.Heartbeats.ReportAsync(Run, TestHost.Beat(Run)))],
        ["IHeartbeatOperations.ReportAsync/2"] = target => [OneOf(target.Heartbeats.ReportAsync([TestHost.Beat(Run), TestHost.Beat(Run)]))],
        ["IHeartbeatOperations.NoteUnreadableAsync"] = target =>
        [
            Unanswered(target.Heartbeats.NoteUnreadableAsync(Run, RefusalCode.InvalidJson)),
        ],
        ["ICommandOperations.EnqueueAsync"] = target =>
        [
            RefusalOf(target.Commands.EnqueueAsync(Run, NewCommand.Pause(TestHost.Ada))),
            RefusalOf(target.Commands.EnqueueAsync(Run, NewCommand.Pause(TestHost.Ada) with { Id = Command })),
            RefusalOf(target.Commands.EnqueueAsync(Run, NewCommand.Pause(TestHost.Ada), Keyed)),
        ],
        ["ICommandOperations.NextAsync"] = target =>
            [RefusalOf(target.Commands.NextAsync(Run)), RefusalOf(target.Commands.NextAsync(Run, TimeSpan.FromSeconds(60), attempt: 1))],
        ["ICommandOperations.AcknowledgeAsync"] = target => [RefusalOf(target.Commands.AcknowledgeAsync(Run, Command, new Acknowledgement()))],
        ["ICommandOperations.GetAsync"] = target => [RefusalOf(target.Commands.GetAsync(Run, Command))],
        ["ICommandOperations.ListAsync"] = target => [RefusalOf(target.Commands.ListAsync(Run))],
        ["IAuditOperations.ListAsync"] = target => [RefusalOf(target.Audit.ListAsync(Run))],
        ["IAuditOperations.VerifyAsync"] = target => [RefusalOf(target.Audit.VerifyAsync(Run))],
        ["IOrchestrator.SubscribeAsync"] = target =>
        [
            RefusalOf(target.SubscribeAsync()),
            RefusalOf(target.SubscribeAsync(new EventSubscription { Run = Run })),
            RefusalOf(target.SubscribeAsync(new EventSubscription { After = EventSubscription.Start })),
        ],
    };

    public static TheoryData<string> Operations => [.. Calls.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task An_operation_refuses_as_store_unavailable_and_never_throws(string operation)
    {
        foreach (var (isLate, maxBatch) in new[] { (false, 1), (true, 1), (false, 8), (true, 8) })
        {
            await using var host = new TestHost(AwayStore.Create(isLate, maxBatch));

            foreach (var call in Calls[operation](host.Engine))
            {
                Assert.Equal(RefusalCode.StoreUnavailable, (await call.WaitAsync(TestHost.Patience))?.Code);
            }
        }
    }

    [Fact]
    public void Every_operation_of_an_orchestrator_has_its_calls_here()
    {
        var methods = typeof(IOrchestrator).GetMethods().Where(method => !method.IsSpecialName)
            .Concat(typeof(IOrchestrator).GetProperties().SelectMany(property => property.PropertyType.GetMethods()))
            .ToLookup(method => $"{method.DeclaringType!.Name}.{method.Name}");

        // Overloads are told apart by how many parameters they have.
        var operations = methods.SelectMany(group => group.Count() == 1 ? [group.Key] : group.Select(method => $"{group.Key}/{method.GetParameters().Length}"));
        Assert.Equal(operations.Order(StringComparer.Ordinal), Calls.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<Refusal?> RefusalOf<T>(ValueTask<Result<T>> call) => (await call).Refusal;

    /// <summary>The refusal that every item of a batch has.</summary>
    private static async Task<Refusal?> OneOf(ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> call)
    {
        var results = await call;
        Assert.Equal(2, results.Count);
        return Assert.Single(results.Select(result => result.Refusal).DistinctBy(refusal => refusal?.Code));
    }

    /// <summary>A call that has no answer must only not throw.</summary>
    private static async Task<Refusal?> Unanswered(ValueTask call)
    {
        await call;
        return new Refusal(RefusalCode.StoreUnavailable, "There is no answer.");
    }
}
