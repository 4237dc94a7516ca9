namespace Orchestrator.Client.Http;

/// <summary>The caller gave up between two tries, while the call waited for as long as it was asked to.</summary>
internal sealed class PauseCancelledException(Refusal outage, CancellationToken cancellationToken)
    : OperationCanceledException(outage.Message, cancellationToken)
{
    /// <summary>How the last try ended.</summary>
    public Refusal Outage { get; } = outage;
}
