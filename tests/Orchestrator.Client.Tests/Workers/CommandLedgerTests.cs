using System.Text.Json;
using Orchestrator.Client.Workers;

namespace Orchestrator.Client.Tests.Workers;

public sealed class CommandLedgerTests
{
    private readonly CommandLedger _ledger;
    private int _arrivals;

    public CommandLedgerTests() => _ledger = new CommandLedger(() => _arrivals++);

    [Fact]
    public void Commands_are_handed_out_in_the_order_of_their_acceptance_whatever_the_order_of_their_arrival()
    {
        _ledger.Receive(Steer(2, CommandType.Terminate), Tune(1, "learning_rate"));

        Assert.Equal([1L, 2L], [_ledger.Take()!.Sequence, _ledger.Take()!.Sequence]);
        Assert.Null(_ledger.Take());
    }

    [Fact]
    public void A_command_is_handed_out_once_however_often_it_is_delivered()
    {
        var pause = Steer(1, CommandType.Pause);
        _ledger.Receive(pause);
        _ledger.Receive(pause);
        _ledger.Answer(_ledger.Take()!, new Acknowledgement());
        _ledger.Receive(pause);
        _ledger.Settle();
        _ledger.Receive(pause);

        Assert.Null(_ledger.Take());
        Assert.False(_ledger.HasCommands);
    }

    [Fact]
    public void A_terminate_that_was_handed_out_is_still_known_to_whoever_ends_the_run()
    {
        var (first, second) = (Steer(1, CommandType.Terminate), Steer(2, CommandType.Terminate));
        _ledger.Receive(first, second);
        Assert.Equal(first, _ledger.Take());

        Assert.Equal([first, second], _ledger.TakeTerminates());
        Assert.Equal([first, second], _ledger.TakeTerminates());
    }

    [Fact]
    public async Task A_terminate_that_is_handed_out_while_another_thread_ends_the_run_is_not_lost()
    {
        for (var round = 0; round < 1_000; round++)
        {
            var ledger = new CommandLedger(() => { });
            ledger.Receive([.. Enumerable.Range(1, 8).Select(number => Steer(number, CommandType.Terminate))]);
            using var start = new Barrier(2);
            var taking = Task.Run(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                while (ledger.Take() is not null)
                {
                }
            });
            start.SignalAndWait(TestContext.Current.CancellationToken);

            Assert.Equal(8, ledger.TakeTerminates().Count);
            await taking;
        }
    }

    [Fact]
    public void An_answer_that_the_orchestrator_has_lost_is_sent_again()
    {
        var pause = Steer(1, CommandType.Pause);
        _ledger.Receive(pause);
        var answer = new Acknowledgement { Step = 7 };
        _ledger.Answer(_ledger.Take()!, answer);
        _ledger.Settle();
        Assert.Null(_ledger.FirstUnsent);

        _ledger.Receive(pause);

        Assert.Equal(answer, _ledger.FirstUnsent?.Acknowledgement);
        _ledger.Settle();
        Assert.Null(_ledger.FirstUnsent);
    }

    [Fact]
    public void Answers_are_sent_in_their_order()
    {
        _ledger.Receive(Tune(1, "a"), Tune(2, "b"));
        var (first, second) = (_ledger.Take()!, _ledger.Take()!);
        _ledger.Answer(first, new Acknowledgement());
        _ledger.Answer(second, new Acknowledgement());

        Assert.Equal(first.Id, _ledger.FirstUnsent?.Id);
        _ledger.Settle();
        Assert.Equal(second.Id, _ledger.FirstUnsent?.Id);
    }

    [Fact]
    public void An_older_pause_never_comes_after_a_newer_resume_was_applied()
    {
        _ledger.Receive(Steer(2, CommandType.Resume));
        _ledger.Answer(_ledger.Take()!, new Acknowledgement());

        _ledger.Receive(Steer(1, CommandType.Pause));

        Assert.Null(_ledger.Take());
    }

    [Fact]
    public void An_older_tune_keeps_only_what_no_newer_one_has_set()
    {
        _ledger.Receive(Tune(3, "learning_rate"));
        _ledger.Answer(_ledger.Take()!, new Acknowledgement { Applied = new Dictionary<string, double> { ["learning_rate"] = 0.5 } });

        _ledger.Receive(Tune(1, "learning_rate"), Tune(2, "learning_rate", "clip_epsilon"));

        var left = _ledger.Take()!;
        Assert.Equal(2, left.Sequence);
        Assert.Equal(["clip_epsilon"], _ledger.Read(left).Values.Keys);
        Assert.Null(_ledger.Take());
    }

    [Theory]
    [InlineData("clip_epsilon", "learning_rate")]
    [InlineData("learning_rate")]
    [InlineData("clip_epsilon")]
    public void A_tune_is_overridden_by_what_a_newer_one_asks_whatever_values_its_answer_has(params string[] answered)
    {
        _ledger.Receive(Tune(3, "learning_rate"));
        _ledger.Answer(_ledger.Take()!, new Acknowledgement { Applied = answered.ToDictionary(name => name, _ => 0.5) });

        _ledger.Receive(Tune(1, "clip_epsilon"), Tune(2, "learning_rate"));

        Assert.Equal(1, _ledger.Take()?.Sequence);
        Assert.Null(_ledger.Take());
    }

    [Fact]
    public void A_newer_tune_that_was_rejected_overrides_nothing()
    {
        _ledger.Receive(Tune(2, "learning_rate"));
        _ledger.Answer(_ledger.Take()!, new Acknowledgement { Outcome = AckOutcome.Rejected });

        _ledger.Receive(Tune(1, "learning_rate"));

        Assert.Equal(1, _ledger.Take()?.Sequence);
    }

    [Fact]
    public void What_is_kept_is_bounded_and_what_does_not_fit_may_come_again()
    {
        for (var sequence = 1; sequence <= CommandLedger.Capacity + 1; sequence++)
        {
            _ledger.Receive(Tune(sequence, "learning_rate"));
        }

        Assert.Equal(CommandLedger.Capacity, _ledger.Waiting.Count);
        _ledger.Answer(_ledger.Take()!, new Acknowledgement { Outcome = AckOutcome.Rejected });
        _ledger.Receive(Tune(CommandLedger.Capacity + 1, "learning_rate"));
        Assert.Equal(CommandLedger.Capacity, _ledger.Waiting.Count);
    }

    [Fact]
    public void Only_what_is_new_wakes_anybody()
    {
        _ledger.Receive();
        _ledger.Receive(Steer(1, CommandType.Pause));
        _ledger.Receive(Steer(1, CommandType.Pause));

        Assert.Equal(1, _arrivals);
    }

    private static Command Steer(long sequence, CommandType type) => new()
    {
        Id = CommandId.Parse($"c{sequence}"),
        RunId = RunId.Parse("run"),
        Sequence = sequence,
        Type = type,
        Actor = WorkerBench.Ada,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private static Command Tune(long sequence, params string[] names) => Steer(sequence, CommandType.Tune) with
    {
        Payload = JsonSerializer.SerializeToElement(names.ToDictionary(name => name, _ => 0.1)),
    };
}
