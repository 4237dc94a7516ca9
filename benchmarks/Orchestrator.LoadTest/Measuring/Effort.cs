namespace Orchestrator.LoadTest.Measuring;

/// <summary>How much work is put into a measurement.</summary>
internal sealed record Effort
{
    /// <summary>How many rounds each contestant gets, in turn with the others.</summary>
    public required int Rounds { get; init; }

    public required TimeSpan RoundLength { get; init; }

    public required TimeSpan WarmUp { get; init; }

    /// <summary>How many runs heartbeats are for.</summary>
    public required int Runs { get; init; }

    /// <summary>How many polls are parked while commands are sent.</summary>
    public required int ParkedPolls { get; init; }

    /// <summary>How many polls are parked where their memory is measured.</summary>
    public required int ManyPolls { get; init; }

    /// <summary>How many claims wait, each for runs that no other waits for.</summary>
    public required int ParkedClaims { get; init; }

    /// <summary>How many queued runs no claim waits for.</summary>
    public required int QueuedRuns { get; init; }

    /// <summary>How long to wait until what was sent to a host is parked there.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>How many runs live in the memory of one process.</summary>
    public required int LiveRuns { get; init; }

    /// <summary>How many jobs Hangfire gets in a round: in memory, and on PostgreSQL.</summary>
    public required (int InMemory, int OnPostgres) Jobs { get; init; }

    /// <summary>Whether a host is compiled ahead of time, which takes minutes.</summary>
    public required bool CompilesAheadOfTime { get; init; }

    public static Effort Full(int? rounds) => new()
    {
        Rounds = rounds ?? 5,
        RoundLength = TimeSpan.FromSeconds(4),
        WarmUp = TimeSpan.FromSeconds(4),
        Runs = 10_000,
        ParkedPolls = 1_000,
        ManyPolls = 10_000,
        ParkedClaims = 1_000,
        QueuedRuns = 16_000,
        Settle = TimeSpan.FromSeconds(3),
        LiveRuns = 1_000_000,
        Jobs = (50_000, 2_000),
        CompilesAheadOfTime = true,
    };

    /// <summary>Shows that everything runs. Its figures say little.</summary>
    public static Effort Quick(int? rounds) => new()
    {
        Rounds = rounds ?? 2,
        RoundLength = TimeSpan.FromSeconds(0.2),
        WarmUp = TimeSpan.FromSeconds(0.2),
        Runs = 2_000,
        ParkedPolls = 50,
        ManyPolls = 1_000,
        ParkedClaims = 100,
        QueuedRuns = 1_600,
        Settle = TimeSpan.FromSeconds(0.3),
        LiveRuns = 50_000,
        Jobs = (1_000, 100),
        CompilesAheadOfTime = false,
    };
}
