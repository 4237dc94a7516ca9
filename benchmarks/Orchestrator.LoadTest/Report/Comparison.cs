using System.Reflection;

namespace Orchestrator.LoadTest.Report;

/// <summary>What stands beside the orchestrator: a ceiling of a layer, or a peer.</summary>
/// <param name="Name">What it is called in rows.</param>
/// <param name="More">What it does that the orchestrator does not.</param>
/// <param name="Less">What it leaves out of what the orchestrator does.</param>
internal sealed record Comparison(string Name, string More, string Less)
{
    public static readonly Comparison JsonEcho = new(
        "JSON echo",
        "nothing",
        "Kestrel reads the same body with generated JSON and answers with a fixed one of the same length: no run is found, checked or changed");

    public static readonly Comparison BareEndpoints = new(
        "bare endpoints",
        "nothing",
        "a request awaits a TaskCompletionSource that another one completes: no command is kept, delivered, audited or acknowledged");

    public static readonly Comparison OneUpdate = new(
        "naive: one UPDATE a heartbeat",
        "nothing",
        "one narrow statement and one commit a heartbeat on the same row: no attempt, throttle or checkpoint is checked, the run is not read");

    public static readonly Comparison GroupCommit = new(
        "bare group commit",
        "nothing",
        "one narrow statement for whatever waits, at most 256 heartbeats: else as one UPDATE a heartbeat");

    public static readonly Comparison OneScript = new(
        "bare EVALSHA a heartbeat",
        "nothing",
        "one narrow script on one hash: the step alone is checked");

    public static readonly Comparison NaivePolling = new(
        "naive polling of a table, every second",
        "nothing",
        "in process instead of over HTTP; three statements a command, no idempotency, redelivery, fencing, audit or event");

    public static readonly Comparison NaiveTable = NaivePolling with { Name = "naive table of commands" };

    public static readonly Comparison HangfireInMemory = new(
        $"Hangfire {VersionOf(typeof(Hangfire.BackgroundJob))} in memory",
        "chooses a worker among those of all its servers, retries a job that fails, runs filters, and keeps statistics for its dashboard",
        "jobs of one queue are in no order for each run and do not know of a run's state; no audit chain, no event log, no idempotency");

    public static readonly Comparison HangfireOnPostgres = HangfireInMemory with { Name = HangfireInMemory.Name.Replace("in memory", "on PostgreSQL", StringComparison.Ordinal) };

    public static readonly Comparison Orleans = new(
        $"Orleans {VersionOf(typeof(Grain))} grain calls",
        "a grain may be on any silo and is called by its identity, one call at a time; it is activated when it is called and deactivated when it is idle",
        "the step alone is checked; no validation, no events, and nothing else finds a run, such as a sweep or a list");

    public static IReadOnlyList<Comparison> All { get; } =
        [JsonEcho, BareEndpoints, OneUpdate, GroupCommit, OneScript, NaivePolling, NaiveTable, HangfireInMemory, HangfireOnPostgres, Orleans];

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(' ', '+')[0].TrimEnd('.')
        ?? type.Assembly.GetName().Version!.ToString(fieldCount: 3);
}
