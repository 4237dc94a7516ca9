using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.CommandLine;

/// <summary>What a command of the command line works with.</summary>
/// <param name="Orchestrator">The server.</param>
/// <param name="Terminal">Where tables and lines go.</param>
/// <param name="Json">Whether JSON is wanted in their place.</param>
/// <param name="Time">The clock.</param>
internal sealed record Session(IOrchestrator Orchestrator, Terminal Terminal, bool Json, TimeProvider Time);
