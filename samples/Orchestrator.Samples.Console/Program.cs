using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddOrchestrator(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
using var host = builder.Build();
await host.StartAsync();

var orchestrator = host.Services.GetRequiredService<IOrchestrator>();
_ = (await orchestrator.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("primes"), VersionId = VersionId.Parse("v1") })).Value;
var run = (await orchestrator.Runs.ClaimAsync(new ClaimRequest { WorkerId = "counter" })).Value.Value!;

var operating = Task.Run(OperateAsync);
var primes = await CountAsync();
await operating;

foreach (var transition in (await orchestrator.Runs.GetTransitionsAsync(run.Id)).Value.Items)
{
    Console.WriteLine($"{transition.From?.ToWireName() ?? "(none)",-12} -> {transition.To.ToWireName(),-12} by {transition.ChangedBy}");
}

foreach (var entry in (await orchestrator.Audit.ListAsync(run.Id)).Value.Items)
{
    Console.WriteLine($"{entry.Sequence} {entry.Action,-17} by {entry.ActorId,-7} {entry.EntryHash}");
}

var ended = (await orchestrator.Runs.GetAsync(run.Id)).Value;
var verdict = (await orchestrator.Audit.VerifyAsync(run.Id)).Value;
Console.WriteLine($"{ended.State.ToWireName()} with {primes} primes in {ended.CurrentStep} steps; the audit chain is {(verdict.Valid ? "valid" : "broken")}");
await host.StopAsync();
return ended.State == RunState.Terminated && verdict.Valid ? 0 : 1;

// The worker: counts primes, a thousand numbers a step, and obeys the commands that come with the answers to its heartbeats.
async Task<int> CountAsync()
{
    var (count, step, status) = (0, 0, RuntimeStatus.Running);
    while (status != RuntimeStatus.Terminating)
    {
        if (status == RuntimeStatus.Running)
        {
            count += Enumerable.Range(step++ * 1000, 1000).Count(IsPrime);
        }

        var heartbeat = new Heartbeat { RunId = run.Id, Attempt = run.Attempt, ClaimId = run.ClaimId, Status = status, Step = step, CheckpointVersion = 0 };
        var receipt = (await orchestrator.Heartbeats.ReportAsync(run.Id, heartbeat, commands: 1)).Value;
        var command = receipt.Commands is [var delivered] ? delivered
            : status == RuntimeStatus.Paused ? (await orchestrator.Commands.NextAsync(run.Id, TimeSpan.FromSeconds(5), run.Attempt, run.ClaimId)).Value
            : null;
        if (command is not null)
        {
            status = command.Type switch
            {
                CommandType.Pause => RuntimeStatus.Paused,
                CommandType.Terminate => RuntimeStatus.Terminating,
                _ => RuntimeStatus.Running,
            };
            var done = new Acknowledgement { Step = step, Attempt = run.Attempt, ClaimId = run.ClaimId };
            _ = (await orchestrator.Commands.AcknowledgeAsync(run.Id, command.Id, done)).Value;
        }
    }

    var end = new TransitionRequest { To = RunState.Terminated, Attempt = run.Attempt, ClaimId = run.ClaimId, Actor = new Actor(ActorType.System, "counter") };
    _ = (await orchestrator.Runs.TransitionAsync(run.Id, end)).Value;
    return count;
}

static bool IsPrime(int number) => number > 1 && Enumerable.Range(2, (int)Math.Sqrt(number) - 1).All(divisor => number % divisor != 0);

// The operator: pauses the run when it is running, resumes it when it is paused, and ends it when it is running again.
async Task OperateAsync()
{
    var ada = new Actor(ActorType.Operator, "ada");
    var plan = new Queue<(RunState When, NewCommand Command)>(
    [
        (RunState.Running, NewCommand.Pause(ada)),
        (RunState.Paused, NewCommand.Resume(ada)),
        (RunState.Running, NewCommand.Terminate(ada, "enough primes")),
    ]);
    var changes = new EventSubscription { Run = run.Id, Types = [EventType.RunStateChanged], After = EventSubscription.Start };
    await foreach (var change in (await orchestrator.SubscribeAsync(changes)).Value)
    {
        if (plan.Peek().When == ((StateChangedData)change.Event.Data).Transition.To)
        {
            _ = (await orchestrator.Commands.EnqueueAsync(run.Id, plan.Dequeue().Command)).Value;
        }

        if (plan.Count == 0)
        {
            return;
        }
    }
}
