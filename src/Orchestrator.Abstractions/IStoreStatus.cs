namespace Orchestrator;

/// <summary>What this host knows of its store from the calls that it made.</summary>
public interface IStoreStatus
{
    /// <summary>Whether a write failed and none has succeeded since. Reads may succeed meanwhile: a full or read-only server answers them.</summary>
    bool AreWritesFailing { get; }
}
