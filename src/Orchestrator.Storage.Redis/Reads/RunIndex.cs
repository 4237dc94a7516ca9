using Orchestrator.Storage.Redis.Rows;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>An index that is read by its members, which end with a number of 16 digits and the run's id, and the part of it that is wanted.</summary>
/// <param name="Name">How its key ends.</param>
/// <param name="IsDescending">Whether it is read backwards.</param>
/// <param name="From">Where it is begun, as of <c>ZRANGE BYLEX</c>.</param>
/// <param name="To">Where it is ended.</param>
/// <param name="Lead">What is before the 16 digits: so many characters; or, where negative, all up to a NUL.</param>
internal sealed record RunIndex(string Name, bool IsDescending, RedisValue From, RedisValue To, int Lead = 0)
{
    private const int Digits = 16;
    private const int UpToNul = -1;

    /// <summary>All runs, newest first.</summary>
    public static RunIndex Created { get; } = new("created", true, "+", "-");

    /// <summary>The runs that have not ended, newest first.</summary>
    public static RunIndex Live { get; } = new("live", true, "+", "-");

    /// <summary>The queued runs, in the order in which they are claimed.</summary>
    public static RunIndex Queued { get; } = new("queued", false, "-", "+", 10);

    /// <summary>The provisioning runs that a worker has, in the order of their creation.</summary>
    public static RunIndex HeldBy(string worker) => Of("held", worker);

    /// <summary>The running, paused and errored runs that a worker has, in the order of their creation.</summary>
    public static RunIndex StartedBy(string worker) => Of("started", worker);

    /// <summary>The runs that ended before a moment, those that ended first first.</summary>
    public static RunIndex EndedBefore(DateTimeOffset moment) => new("ended", false, "-", string.Create(CultureInfo.InvariantCulture, $"({Field.Microseconds(moment):D16}"));

    /// <summary>The run of a member.</summary>
    public RunId RunOf(string member) => RunId.Parse(member[((Lead == UpToNul ? member.IndexOf('\0', StringComparison.Ordinal) + 1 : Lead) + Digits)..]);

    private static RunIndex Of(string name, string worker) => new(name, false, $"[{worker}\0", $"({worker}\x01", UpToNul);
}
