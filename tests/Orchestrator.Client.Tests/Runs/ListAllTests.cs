namespace Orchestrator.Client.Tests.Runs;

public sealed class ListAllTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_page_is_read_in_process_and_over_HTTP(bool overHttp)
    {
        await using var server = await TestServer.StartAsync();
        for (var n = 0; n < 250; n++)
        {
            await server.InProcess.Runs.CreateAsync(new NewRun
            {
                Id = RunId.Parse($"run-{n}"),
                ExperimentId = ExperimentId.Parse($"e{n % 2}"),
                VersionId = VersionId.Parse("v"),
            });
        }

        var runs = overHttp ? server.Client.Runs : server.InProcess.Runs;
        var all = await runs.ListAllAsync(cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var some = await runs.ListAllAsync(new RunFilter { Experiments = [ExperimentId.Parse("e1")] }, RunDetail.Full, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 250).Select(n => $"run-{249 - n}"), all.Select(run => run.Id.Value));
        Assert.Equal(125, some.Count);
        Assert.All(all, run => Assert.Null(run.LaunchManifest));
        Assert.All(some, run => Assert.NotNull(run.LaunchManifest));
        Assert.Equal(overHttp ? 5 : 0, server.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_page_of_what_belongs_to_a_run_is_read_in_process_and_over_HTTP(bool overHttp)
    {
        await using var server = await TestServer.StartAsync(options: options => options.Commands.MaxPending = 1_100);
        var (run, ada) = (RunId.Parse("run"), new Actor(ActorType.Operator, "ada"));
        await server.InProcess.Runs.CreateAsync(new NewRun { Id = run, ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") });
        await server.InProcess.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = ada });
        for (var n = 0; n < 1_001; n++)
        {
            Assert.Null((await server.InProcess.Commands.EnqueueAsync(run, NewCommand.Tune(ada, KeyValuePair.Create("learning_rate", 0.1)))).Refusal);
        }

        IOrchestrator target = overHttp ? server.Client : server.InProcess;
        var commands = await target.Commands.ListAllAsync(run, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var entries = await target.Audit.ListAllAsync(run, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var transitions = await target.Runs.GetAllTransitionsAsync(run, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 1_001).Select(n => (long)n), commands.Select(command => command.Sequence));
        Assert.Equal(Enumerable.Range(1, 1_003).Select(n => (long)n), entries.Select(entry => entry.Sequence));
        Assert.Equal(2, transitions.Count);
        Assert.Equal(overHttp ? 5 : 0, server.Requests.Count);
    }

    [Fact]
    public async Task A_page_that_is_refused_throws()
    {
        await using var server = await TestServer.StartAsync();

        var fault = await Assert.ThrowsAsync<RefusedException>(async () =>
            await server.Client.Runs.ListAllAsync(new RunFilter { States = [(RunState)77] }, cancellationToken: TestContext.Current.CancellationToken)
                .FirstOrDefaultAsync(TestContext.Current.CancellationToken));

        Assert.Equal(RefusalCode.ValidationFailed, fault.Refusal.Code);
    }

    [Fact]
    public async Task A_reading_that_is_cancelled_throws()
    {
        await using var server = await TestServer.StartAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await server.Client.Runs.ListAllAsync(cancellationToken: new CancellationToken(canceled: true)).FirstOrDefaultAsync(TestContext.Current.CancellationToken));
    }
}
