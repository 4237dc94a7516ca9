namespace Orchestrator.Core.Sealing;

/// <summary>A control action that a decision wants audited, before it is sealed into an <see cref="AuditEntry"/>.</summary>
/// <param name="ActorType"><c>operator</c>, <c>system</c>, <c>worker</c> or <c>orchestrator</c>.</param>
/// <param name="ActorId">Who acted.</param>
/// <param name="Action">What was done, such as <c>command.pause</c>.</param>
/// <param name="OnBehalfOf">The actor that an authenticated caller named in its request.</param>
/// <param name="OnBehalfOfType">The type of that actor.</param>
/// <param name="Target">The id of the command that the action is about; <see langword="null"/> for the run itself.</param>
internal sealed record AuditAction(
    string ActorType, string ActorId, string Action, string? OnBehalfOf, string? OnBehalfOfType = null, string? Target = null);
