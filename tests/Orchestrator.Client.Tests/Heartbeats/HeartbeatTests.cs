namespace Orchestrator.Client.Tests.Heartbeats;

public sealed class HeartbeatTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task Numbers_that_are_not_finite_go_there_and_come_back(double number)
    {
        await using var server = await TestServer.StartAsync();
        var run = await CreateAsync(server, "r1");

        var receipt = await server.Client.Heartbeats.ReportAsync(run, Beat(run) with { Loss = number, SamplesPerSec = number, Metrics = new Dictionary<string, double> { ["m"] = number } });

        Assert.Equal((number, number, number), (receipt.Value.Run.Loss, receipt.Value.Run.SamplesPerSec, receipt.Value.Run.Metrics!["m"]));
        Assert.Equal(number, (await server.InProcess.Runs.GetAsync(run)).Value.Loss);
        Assert.Equal(number, (await server.Client.Runs.ListAsync()).Value.Items.Single().Loss);
    }

    [Fact]
    public async Task More_heartbeats_than_the_server_takes_at_once_are_sent_in_parts_and_answered_in_their_order()
    {
        await using var server = await TestServer.StartAsync();
        var run = await CreateAsync(server, "r1");
        var many = Enumerable.Range(0, 2_001).Select(n => n == 1_500 ? Beat(run) : Beat(RunId.Parse($"none-{n}"))).ToArray();

        var results = await server.Client.Heartbeats.ReportAsync(many);

        Assert.Equal(3, server.Requests.Count(request => request.Operation == "reportHeartbeats"));
        Assert.Equal(many.Length, results.Count);
        Assert.All(results.Index(), result =>
        {
            if (result.Index == 1_500)
            {
                Assert.Equal(run, result.Item.Value.Run.Id);
            }
            else
            {
                Assert.Equal($"There is no run 'none-{result.Index}'.", result.Item.Refusal!.Message);
            }
        });
    }

    [Fact]
    public async Task Heartbeats_that_are_too_long_for_one_body_are_sent_in_parts()
    {
        await using var server = await TestServer.StartAsync();
        var many = Enumerable.Range(0, 1_000).Select(n => Beat(RunId.Parse($"none-{n}")) with { Notes = new string('x', 4_096 + 300) }).ToArray();

        var results = await server.Client.Heartbeats.ReportAsync(many);

        Assert.Equal(2, server.Requests.Count);
        Assert.All(results, result => Assert.Equal(RefusalCode.RunNotFound, result.Refusal!.Code));
        Assert.Equal(1_000, results.Count);
    }

    [Fact]
    public async Task Faults_that_the_server_lists_once_are_those_of_each_heartbeat_that_has_them()
    {
        await using var server = await TestServer.StartAsync();
        Heartbeat[] faulty = [new(), Beat(RunId.Parse("r1")) with { Step = -1 }, new(), new()];

        var remote = await server.Client.Heartbeats.ReportAsync(faulty);
        var local = await server.InProcess.Heartbeats.ReportAsync(faulty);

        Assert.Equal(local.Select(result => result.Refusal!.Message), remote.Select(result => result.Refusal!.Message));
        Assert.All(remote, result => Assert.True(result.Refusal!.Details.ContainsKey("errors")));
    }

    [Fact]
    public async Task A_heartbeat_that_is_too_large_is_refused_with_the_limit()
    {
        await using var server = await TestServer.StartAsync();
        var run = await CreateAsync(server, "r1");

        var result = await server.Client.Heartbeats.ReportAsync(run, Beat(run) with { Notes = new string('x', 40_000) });

        Assert.Equal(RefusalCode.PayloadTooLarge, result.Refusal!.Code);
        Assert.Equal(32_768, result.Refusal.Details["limit"]);
        Assert.Equal(RefusalCode.PayloadTooLarge, (await server.Client.Runs.GetAsync(run)).Value.LastRefusal!.Code);
    }

    [Fact]
    public async Task Commands_come_with_the_answer()
    {
        await using var server = await TestServer.StartAsync();
        var run = await CreateAsync(server, "r1");
        await server.Client.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = new(ActorType.System, "s") });
        await server.Client.Commands.EnqueueAsync(run, NewCommand.Tune(new(ActorType.Operator, "ada"), KeyValuePair.Create("learning_rate", 0.1)));

        var receipt = (await server.Client.Heartbeats.ReportAsync(run, Beat(run), commands: 16)).Value;

        Assert.Equal(0.1, Assert.Single(receipt.Commands).Payload!.Value.GetProperty("learning_rate").GetDouble());
    }

    [Fact]
    public async Task What_could_not_be_read_is_noted_by_servers_only()
    {
        await using var server = await TestServer.StartAsync();

        await Assert.ThrowsAsync<NotSupportedException>(async () => await server.Client.Heartbeats.NoteUnreadableAsync(RunId.Parse("r1"), RefusalCode.InvalidJson));
    }

    private static async Task<RunId> CreateAsync(TestServer server, string id) => (await server.Client.Runs.CreateAsync(
        new NewRun { Id = RunId.Parse(id), ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value.Value.Id;

    private static Heartbeat Beat(RunId run) => new()
    {
        RunId = run,
        Status = RuntimeStatus.Running,
        Step = 1,
        SamplesPerSec = 1,
        Loss = 1,
        CheckpointVersion = 0,
        Beat = 1,
    };
}
