namespace Orchestrator.Storage;

/// <summary>A run as a store holds it: what a decision needs to know.</summary>
/// <param name="Head">What control changes.</param>
/// <param name="Progress">What heartbeats change.</param>
/// <param name="Live">The commands that are <c>pending</c> or <c>delivered</c>, by sequence.</param>
public sealed record RunView(RunHead Head, RunProgress Progress, IReadOnlyList<Command> Live)
{
    /// <summary>The manifest, where it was asked for.</summary>
    public RunManifest? Manifest { get; init; }

    /// <summary>The command that was asked for, in whichever status, if the run has it.</summary>
    public Command? Command { get; init; }

    /// <summary>The record of the idempotency key that was asked for, if the run has it.</summary>
    public IdempotencyRecord? Idempotency { get; init; }
}

/// <summary>Which run to read, and what of it beside head, progress and live commands.</summary>
/// <param name="Run">The run.</param>
/// <param name="Manifest">Whether its manifest is wanted.</param>
/// <param name="Command">A command of it that is wanted in whichever status.</param>
/// <param name="IdempotencyKey">An idempotency key whose record is wanted.</param>
public readonly record struct RunLookup(RunId Run, bool Manifest = false, CommandId? Command = null, string? IdempotencyKey = null);

/// <summary>That a request with an idempotency key took effect.</summary>
/// <param name="Key">The key, made unique over callers and operations.</param>
/// <param name="RequestHash">What the request was.</param>
/// <param name="Command">The command that it made or changed, where it was about one.</param>
/// <param name="Attempt">The attempt that the run was in after it; <see langword="null"/> in records from before this was kept.</param>
public sealed record IdempotencyRecord(string Key, string RequestHash, CommandId? Command, int? Attempt = null);
