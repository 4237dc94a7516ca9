using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Orchestrator.Samples.Trainer;

/// <summary>What the command line or the environment asks for.</summary>
/// <param name="Server">The prefix of the server's API.</param>
/// <param name="Checkpoints">Where checkpoints are.</param>
/// <param name="Worker">The name of the worker.</param>
/// <param name="Pace">The rest after every step.</param>
/// <param name="Interval">The time between two heartbeats.</param>
/// <param name="Goodbye">How long the end of a run is reported while there is no answer.</param>
internal sealed record Settings(Uri Server, string Checkpoints, string Worker, TimeSpan Pace, TimeSpan Interval, TimeSpan Goodbye)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">One makes no sense.</exception>
    public static Settings Read(IConfiguration configuration) => new(
        Uri.TryCreate(configuration["server"] ?? "http://127.0.0.1:5080/api/v1", UriKind.Absolute, out var server)
            ? server
            : throw new FormatException($"server is '{configuration["server"]}'; it must be an address."),
        configuration["checkpoints"] ?? "checkpoints",
        configuration["worker"] ?? $"{Environment.MachineName}-{Environment.ProcessId}",
        Time(configuration, "pace", TimeSpan.FromMilliseconds(5)),
        Time(configuration, "interval", TimeSpan.FromSeconds(10)),
        Time(configuration, "goodbye", TimeSpan.FromMinutes(10)));

    private static TimeSpan Time(IConfiguration configuration, string name, TimeSpan usual) =>
        configuration[name] is not { } text ? usual
        : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero ? time
        : throw new FormatException($"{name} is '{text}'; it must be a time such as 00:00:10.");
}
