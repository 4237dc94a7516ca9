using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Commands;

/// <summary>Gives a command to a run and, where that is asked for, waits for what comes of it.</summary>
internal sealed class Submission(Session session, Manner manner)
{
    public async Task<ExitCode> RunAsync(RunId run, NewCommand asked, CancellationToken cancellationToken)
    {
        // Before the command is given, so that no answer can be missed.
        var answers = manner.Wait is null ? null : (await session.Orchestrator.SubscribeAsync(AnswersOf(run), cancellationToken)).Value;
        var command = await EnqueueAsync(run, asked, cancellationToken);
        if (answers is null)
        {
            Show(command);
            return ExitCode.Done;
        }

        command = await SettledAsync(command, answers, cancellationToken);
        Show(command);
        return command.Status switch
        {
            CommandStatus.Applied => ExitCode.Done,
            CommandStatus.Pending or CommandStatus.Delivered => ExitCode.TimedOut,
            _ => ExitCode.NotDone,
        };
    }

    private static EventSubscription AnswersOf(RunId run) => new()
    {
        Run = run,
        Types = [EventType.CommandAcknowledged, EventType.CommandSuperseded, EventType.CommandExpired],
    };

    private async Task<Command> EnqueueAsync(RunId run, NewCommand asked, CancellationToken cancellationToken)
    {
        var command = asked with { ExpiresAt = manner.ExpiresAt };
        var context = new CallContext { IdempotencyKey = manner.Key, UserAgent = "orchestrator-cli" };
        var given = await session.Orchestrator.Commands.EnqueueAsync(run, command, context, cancellationToken);
        if (given.Refusal is { Code: RefusalCode.StoreUnavailable })
        {
            Terminal.Note($"Whether the command was accepted is not known. With --idempotency-key {manner.Key} it can be given again, and has the effect of once.");
        }

        var (accepted, effect) = given.Value;
        if (manner.IsKeyGiven && effect != Effect.Done)
        {
            Terminal.Note("The command had been given before.");
        }

        return accepted;
    }

    /// <returns>The command with what has come of it, or as it stands when the time is over.</returns>
    private async Task<Command> SettledAsync(Command command, EventReading answers, CancellationToken cancellationToken)
    {
        if (IsSettled(command))
        {
            return command;
        }

        using var timeout = new CancellationTokenSource(manner.Wait!.Value, session.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await foreach (var (told, _) in answers.WithCancellation(either.Token))
            {
                if (told.Data is CommandData { Command: var answered } && answered.Id == command.Id && IsSettled(answered))
                {
                    return answered;
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Terminal.Note($"No answer within {manner.Wait.Value.TotalSeconds} s. The command stays.");
        }

        return (await session.Orchestrator.Commands.GetAsync(command.RunId, command.Id, cancellationToken)).Value;
    }

    private static bool IsSettled(Command command) => command.Status is not (CommandStatus.Pending or CommandStatus.Delivered);

    private void Show(Command command)
    {
        if (session.Json)
        {
            session.Terminal.WriteJson(command);
        }
        else
        {
            session.Terminal.WriteLine($"{command.RunId}: {CommandText.Asked(command)}: {CommandText.Outcome(command)} ({command.Id})");
        }
    }
}
