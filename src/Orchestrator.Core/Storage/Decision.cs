using Orchestrator.Core.Sealing;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>Decides purely, on a run as it stands, what a request changes of it.</summary>
/// <typeparam name="T">What the request answers beside the run.</typeparam>
internal interface IDecider<T>
{
    /// <param name="view">The run; <see langword="null"/> when it does not exist.</param>
    /// <param name="now">The time on the store's clock, never before anything that the run holds.</param>
    Decision<T> Decide(RunView? view, DateTimeOffset now);
}

/// <summary>What a request comes to: a refusal or an answer, and what is to be written for it, if anything.</summary>
/// <typeparam name="T">What the request answers beside the run.</typeparam>
internal readonly record struct Decision<T>
{
    public T? Answer { get; init; }

    public Refusal? Refusal { get; init; }

    public HeartbeatWrite? Heartbeat { get; init; }

    public RunChange? Change { get; init; }

    public long? ExpectedHeartbeats { get; init; }

    /// <summary>What the change adds to the audit chain, once it is sealed.</summary>
    public AuditAction? Audit { get; init; }

    /// <summary>The command that the request is about, where it is about one.</summary>
    public CommandId? Command { get; init; }

    public static Decision<T> Refuse(Refusal refusal) => new() { Refusal = refusal };

    public static Decision<T> Unchanged(T answer, CommandId? command = null) => new() { Answer = answer, Command = command };
}

/// <summary>What a request came to, once it is stored.</summary>
/// <typeparam name="T">What the request answers beside the run.</typeparam>
/// <param name="Answer">The answer; the default when <paramref name="Replayed"/> is set.</param>
/// <param name="Head">The run's head now.</param>
/// <param name="Progress">The run's progress now.</param>
/// <param name="Manifest">The run's manifest, where the lookup asked for it.</param>
/// <param name="Replayed">The record of the same request, which took effect before.</param>
internal readonly record struct Outcome<T>(T? Answer, RunHead Head, RunProgress Progress, RunManifest? Manifest, IdempotencyRecord? Replayed = null);
