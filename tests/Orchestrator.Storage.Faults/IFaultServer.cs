namespace Orchestrator.Storage.Faults;

/// <summary>A server that tests stop, kill and start again, at the same port.</summary>
public interface IFaultServer
{
    /// <summary>Where it listens.</summary>
    int Port { get; }

    /// <summary>Makes a place that holds nothing.</summary>
    FaultSpace NewSpace();

    /// <summary>Starts it, and waits until it serves.</summary>
    Task StartAsync();

    /// <summary>Lets it end in good order, but at once: its clients are cut off.</summary>
    Task StopAtOnceAsync();

    /// <summary>Kills it in the midst of what it does.</summary>
    Task KillAsync();
}
