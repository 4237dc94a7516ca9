namespace Orchestrator.Storage;

/// <summary>The store did not answer, cannot be reached, or refused what it was sent.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>
    /// Whether the same call may succeed later. <see langword="false"/>: the store refused the call as wrong, or lacks what the call needs, so to repeat it has no use.
    /// Default <see langword="true"/>.
    /// </summary>
    public bool IsTransient { get; init; } = true;

    /// <summary>Creates the exception.</summary>
    public StoreUnavailableException()
        : this("The store did not answer.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, without secrets: it may be logged.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, without secrets: it may be logged.</param>
    /// <param name="innerException">The fault behind it.</param>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
