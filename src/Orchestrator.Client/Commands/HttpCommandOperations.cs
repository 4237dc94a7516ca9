using System.Globalization;
using System.Net;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Commands;

/// <summary>Give commands to runs, hand them to workers, and take their answers over HTTP.</summary>
internal sealed class HttpCommandOperations(ControlCalls calls) : ICommandOperations
{
    /// <summary>The address that a command of this id would have is the queue's; no command has it.</summary>
    private const string Queue = "next";

    public async ValueTask<Result<Receipt<Command>>> EnqueueAsync(
        RunId run, NewCommand request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return run.IsDefault
            ? LocalRefusals.NoRun
            : await calls.PostAsync(
                $"runs/{run}/commands",
                request,
                CommandsJson.Default.NewCommand,
                CommandsJson.Default.Command,
                command => command,
                HttpStatusCode.Accepted,
                context,
                cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Command?>> NextAsync(
        RunId run, TimeSpan wait = default, int? attempt = null, string? claimId = null, CancellationToken cancellationToken = default)
    {
        var fence = (attempt is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&attempt={attempt}"))
            + (claimId is null ? "" : $"&claim_id={Uri.EscapeDataString(claimId)}");
        return run.IsDefault
            ? LocalRefusals.NoRun
            : await calls.GetWhenThereIsAsync(
                wait, left => $"runs/{run}/commands/next?wait={ApiCall.Seconds(left)}{fence}", CommandsJson.Default.Command, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(
        RunId run, CommandId command, Acknowledgement acknowledgement, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(acknowledgement);
        return run.IsDefault ? LocalRefusals.NoRun
            : command.IsDefault ? LocalRefusals.NoCommand(command)
            : await calls.PostAsync(
                $"runs/{run}/commands/{command}/ack",
                acknowledgement,
                CommandsJson.Default.Acknowledgement,
                CommandsJson.Default.Command,
                body => body,
                HttpStatusCode.OK,
                context,
                cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Command>> GetAsync(RunId run, CommandId command, CancellationToken cancellationToken = default) =>
        run.IsDefault ? LocalRefusals.NoRun
        : command.IsDefault || command.Value == Queue ? LocalRefusals.NoCommand(command)
        : await calls.GetAsync($"runs/{run}/commands/{command}", CommandsJson.Default.Command, body => body, cancellationToken).ConfigureAwait(false);

    public async ValueTask<Result<Page<Command>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync(
            $"runs/{run}/commands{PageQuery.Of(page)}",
            CommandsJson.Default.CommandListBody,
            body => new Page<Command>(body.Commands, body.NextCursor),
            cancellationToken).ConfigureAwait(false);
}
