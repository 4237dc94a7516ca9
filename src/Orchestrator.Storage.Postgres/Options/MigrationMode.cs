namespace Orchestrator;

/// <summary>What a host does about the tables of its database when it starts.</summary>
public enum MigrationMode
{
    /// <summary>Creates what is missing, once, whichever of the hosts is first.</summary>
    Apply,

    /// <summary>Refuses to start when something is missing.</summary>
    Verify,

    /// <summary>Trusts that everything is there.</summary>
    None,
}
