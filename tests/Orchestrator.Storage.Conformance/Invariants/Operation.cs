namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>One thing that somebody does. Attempts, steps and beats are told relative to where the run stands, so that most of what is done makes sense.</summary>
internal abstract record Operation
{
    /// <summary>Whether it comes with an idempotency key.</summary>
    public bool HasKey => this is Create { Keyed: true } or Enqueue { Key: not null } or Ack { Key: not null } or Move { Key: not null } or Claim { Key: not null } or Restart { Key: not null };

    /// <summary>Creates a run; variants of one id differ in their priority.</summary>
    internal sealed record Create(int Run, int Variant, bool Keyed) : Operation;

    /// <summary>A heartbeat.</summary>
    internal sealed record Report(
        int Run, RuntimeStatus Status, int StepBy, int CheckpointBy, int? BeatBy, int? AttemptBy, double Loss, int Commands, bool Misdirected) : Operation;

    /// <summary>A command; the bits of <c>Tunables</c> say which numbers a <c>tune</c> sets.</summary>
    internal sealed record Enqueue(int Run, int Id, CommandType Type, int Tunables, int? Key, int? ExpiresIn) : Operation;

    internal sealed record Poll(int Run, int? AttemptBy) : Operation;

    internal sealed record Ack(int Run, int Id, AckOutcome Outcome, bool Otherwise, int? AttemptBy, int? Key) : Operation;

    internal sealed record Move(int Run, RunState To, int? AttemptBy, int? StepBy, bool ByPerson, int? Key) : Operation;

    internal sealed record Claim(int Worker, int? Key) : Operation;

    /// <summary>A new attempt.</summary>
    internal sealed record Restart(int Run, int? ExpectedBy, int? Worker, int? Step, int? Key) : Operation;

    internal sealed record Wait(int Seconds) : Operation;

    internal sealed record Sweep : Operation;

    /// <summary>The host goes down and comes up again, over the same store.</summary>
    internal sealed record Reboot : Operation;
}
