namespace Orchestrator.Storage;

/// <summary>A small value that the engine keeps beside the runs: where a publisher stands and who owns it, when the last sweep was.</summary>
/// <param name="Key">Its name, up to 128 characters.</param>
/// <param name="Value">Its value, up to 4,096 characters.</param>
/// <param name="Version">1 when it was first written, one more with every write.</param>
public sealed record Note(string Key, string Value, long Version);
