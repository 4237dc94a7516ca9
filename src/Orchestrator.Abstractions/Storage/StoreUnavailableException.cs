namespace Orchestrator.Storage;

/// <summary>The store did not answer, or cannot be reached.</summary>
public sealed class StoreUnavailableException : Exception
{
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
