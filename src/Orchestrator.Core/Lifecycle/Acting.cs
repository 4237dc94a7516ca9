using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Lifecycle;

/// <summary>Who acts in a call: the authenticated caller, with whoever the request names beside it, or else whoever the request names.</summary>
/// <param name="Actor">Who acts.</param>
/// <param name="OnBehalfOf">Whom an authenticated caller names.</param>
internal readonly record struct Acting(Actor Actor, Actor? OnBehalfOf)
{
    public string Id => Actor.Id;

    public static Acting From(Actor? named, CallContext context) => context.Principal is { } principal
        ? new(new Actor(named?.Type ?? ActorType.Operator, principal), named)
        : new(named!, null);

    /// <param name="action">What was done.</param>
    /// <param name="target">The id of the command that it is about; <see langword="null"/> for the run itself.</param>
    public AuditAction Audit(string action, string? target = null) =>
        new(Actor.Type.ToWireName(), Actor.Id, action, OnBehalfOf?.Id, OnBehalfOf?.Type.ToWireName(), target);
}
