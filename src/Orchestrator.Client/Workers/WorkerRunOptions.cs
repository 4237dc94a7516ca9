using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Orchestrator;

/// <summary>How a worker holds a run. The defaults suit a server with default options.</summary>
public sealed record WorkerRunOptions
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    /// <summary>
    /// The time between two heartbeats; up to a tenth less, so that workers spread. Default 10 s: twice the server's minimum, and a quarter of the
    /// silence after which a run is stale. Where the server asks for more (429), it gets more. At most a day.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a poll for commands waits, up to 60 s. Default 30 s: commands arrive at once. Zero: there are no polls, commands come with the
    /// answers to heartbeats, and a fleet needs half the connections.
    /// </summary>
    public TimeSpan CommandWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one call may take before it counts as unanswered; a poll gets this on top of its wait. Default 10 s, at most a day.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a run that the orchestrator does not know is trained on, because it may know it again. Default 10 min.</summary>
    public TimeSpan NotFoundTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the end of the run is reported again while nobody answers. Default 10 min.</summary>
    public TimeSpan FinalReportTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Cancelled when the worker shuts down, by SIGTERM for example: the training is stopped as <see cref="StopCause.Shutdown"/>.</summary>
    public CancellationToken Shutdown { get; init; }

    /// <summary>Measures all of these times. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Is told what the worker does and meets. Default: nobody.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal void Validate()
    {
        RequirePositive(Interval, nameof(Interval), LongestTimer);
        RequirePositive(CallTimeout, nameof(CallTimeout), LongestTimer);
        RequirePositive(NotFoundTimeout, nameof(NotFoundTimeout), TimeSpan.MaxValue);
        RequirePositive(FinalReportTimeout, nameof(FinalReportTimeout), TimeSpan.MaxValue);
        if (CommandWait < TimeSpan.Zero || CommandWait > LongestWait)
        {
            throw new ArgumentException($"{nameof(CommandWait)} is {CommandWait}; it must be from 0 to 60 s.");
        }
    }

    private static void RequirePositive(TimeSpan value, string name, TimeSpan most)
    {
        if (value <= TimeSpan.Zero || value > most)
        {
            throw new ArgumentException($"{name} is {value}; it must be above zero{(most < TimeSpan.MaxValue ? " and at most a day" : "")}.");
        }
    }
}
